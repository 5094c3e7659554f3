import type { Member, MemberListener } from '../cluster/member.ts';
import type { Webhook, Work } from '../model.ts';
import type { PublishOptions, Stored } from '../store/contract/index.ts';
import type { Signal, SignalListener, Signals } from '../store/contract/signals.ts';
import type { Engine } from './engine.ts';

/** What a publish tells the store of this node: who gets new deliveries. */
export type Birth = Pick<PublishOptions, 'node' | 'full' | 'homes'>;

/** What a publish came to, as far as delivery goes. */
export interface Dispatch extends Pick<Stored, 'node' | 'lanes' | 'elsewhere' | 'waiting'> {
  readonly work: Work[];
  readonly eventIds: readonly string[];
  /** When the store was asked, by the clock's `elapsed`. */
  readonly askedAt: number;
}

export interface DispatcherParts {
  readonly member: Pick<Member, 'id' | 'homes' | 'holds'>;
  readonly signals: Pick<Signals, 'tell'>;
  /** Null: this node does not deliver. */
  readonly newEngine: ((node: string) => Engine) | null;
  /** Told when there may be jobs of another node. */
  readonly onDue: () => void;
}

/**
 * The delivery side of this node. It has an engine for as long as its lease holds, tells it what the API and other nodes
 * have done, and tells the other nodes what concerns them.
 */
export class Dispatcher implements MemberListener, SignalListener {
  readonly #parts: DispatcherParts;
  #engine: Engine | undefined;
  /** Engines whose lease has ended, and when they will have stopped. */
  readonly #retiring = new Map<Engine, Promise<void>>();
  #stopped = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Without a lease, {@link regained} follows. */
  start(): void {
    const { member, newEngine } = this.#parts;
    if (!member.holds()) return;
    this.#engine = newEngine?.(member.id);
    this.#engine?.start();
  }

  /** Takes no more, and resolves when nothing is on the wire and all results are recorded. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#engine?.stop({ hurry: true }), ...this.#retiring.values()]);
  }

  birth(): Birth {
    const { homes } = this.#parts.member;
    if (!this.#parts.newEngine) return { node: null, homes };
    return { node: this.#parts.member.id, full: this.#engine?.isFull ?? true, homes };
  }

  /** Carries on with events that were stored. */
  dispatch(dispatch: Dispatch): void {
    const { signals } = this.#parts;
    const engines = [...this.#retiring.keys(), ...(this.#engine ? [this.#engine] : [])];
    engines.find(({ node }) => node === dispatch.node)?.admit(dispatch);
    for (const node of dispatch.elsewhere) signals.tell({ kind: 'born', node, eventIds: dispatch.eventIds });
    if (dispatch.waiting) this.wake();
  }

  /** Something was left in the store that is due. */
  wake(): void {
    this.#engine?.wake();
    this.#parts.signals.tell({ kind: 'due' });
  }

  /** A webhook was changed: nothing is sent by what was known before. */
  refresh(webhook: Webhook): void {
    this.#engine?.refresh(webhook);
    this.#tellOf(webhook.id);
  }

  /** A webhook was deleted: nothing is sent to it any more. */
  remove(webhookId: string): void {
    this.#engine?.remove(webhookId);
    this.#tellOf(webhookId);
  }

  expired(): void {
    this.wake();
  }

  moved(): void {
    this.#engine?.wake();
  }

  async lost(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    this.#engine = undefined;
    const stopped = engine.stop({ hurry: false });
    this.#retiring.set(engine, stopped);
    await stopped;
    this.#retiring.delete(engine);
  }

  regained(): void {
    if (!this.#stopped) this.start();
  }

  hear(signal: Signal): void {
    if (signal.kind === 'born') this.#engine?.born(signal.eventIds);
    else if (signal.kind === 'changed') this.#engine?.outdate(signal.webhookIds);
    else this.#engine?.wake();
    if (signal.kind === 'due') this.#parts.onDue();
  }

  missed(): void {
    this.#engine?.lookAround();
  }

  #tellOf(webhookId: string): void {
    this.#parts.signals.tell({ kind: 'changed', webhookIds: [webhookId] });
  }
}
