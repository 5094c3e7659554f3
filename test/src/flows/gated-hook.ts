import { eventually } from '../harness/eventually.ts';
import type { Answer, Receiver } from '../harness/receiver.ts';
import { Gate } from './gate.ts';
import type { FlowStage, Subject, WebhookOptions } from './support.ts';

/** A webhook whose receiver keeps requests waiting for their answer while its gate is closed. */
export class GatedHook {
  readonly subject: Subject;
  readonly #gate: Gate;

  private constructor(subject: Subject, gate: Gate) {
    this.subject = subject;
    this.#gate = gate;
  }

  /** @param hurry what an answer waits for while the gate is open. Default: nothing. */
  static async start(
    stage: FlowStage,
    options: Pick<WebhookOptions, 'tenant'> = {},
    hurry: () => Promise<void> = async () => {},
  ): Promise<GatedHook> {
    const gate = new Gate();
    const answer = async (): Promise<Answer> => {
      await hurry();
      await gate.pass();
      return {};
    };
    return new GatedHook(await stage.webhook('boltly', { ...options, answer }), gate);
  }

  get receiver(): Receiver {
    return this.subject.receiver;
  }

  /** The ids of the events that arrived, in the order they came. */
  get arrived(): unknown[] {
    return this.receiver.received.map(({ json }) => json.id);
  }

  /** Requests that arrived and are not answered. */
  get held(): number {
    return this.receiver.received.length - this.#gate.passed;
  }

  open(): void {
    this.#gate.open();
  }

  close(): void {
    this.#gate.close();
  }

  /** Resolves when so many requests wait for their answer. */
  async holds(count: number): Promise<void> {
    await eventually(
      async () => this.held,
      (held) => held === count,
    );
  }

  /** Deletes or pauses it; resolves when that is answered. */
  async end(how: 'deleted' | 'paused'): Promise<void> {
    const params = { id: this.subject.webhook.id };
    if (how === 'deleted') await this.subject.tenant.client.deleteWebhook({ params });
    else await this.subject.pause();
  }
}
