import type { Member } from '../cluster/member.ts';
import type { Webhook } from '../model.ts';
import type { Signals } from '../signals.ts';
import type { PublishOptions } from '../store/contract.ts';
import type { Admission, Engine } from './engine.ts';
import type { Moment } from './ownership.ts';

/** Who gets new deliveries: what a publish tells the store of this node, and the moment that goes with its answer. */
export interface Birth extends Pick<PublishOptions, 'node' | 'full' | 'homes'> {
  readonly asked: Moment;
}

/** What a publish came to, as far as delivery goes. */
export interface Dispatch extends Admission {
  readonly eventIds: readonly string[];
  /** Other nodes that hold deliveries of these events. */
  readonly elsewhere: readonly string[];
  /** Whether some wait in the store. */
  readonly waiting: boolean;
}

export interface DispatcherParts {
  readonly member: Pick<Member, 'homes'>;
  readonly signals: Pick<Signals, 'tell'>;
  /** This node's; null: it does not deliver. */
  readonly engine: Engine | null;
}

/** Tells delivery what the API has done: the engine of this node, and the other nodes. */
export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  birth(): Birth {
    const { engine, member } = this.#parts;
    const { homes } = member;
    return engine ? { ...engine.birth, homes, asked: engine.moment() } : { node: null, homes, asked: 0 };
  }

  dispatch(dispatch: Dispatch, asked: Moment): void {
    const { engine, signals } = this.#parts;
    engine?.admit(dispatch, asked);
    for (const node of dispatch.elsewhere) signals.tell({ kind: 'born', node, eventIds: dispatch.eventIds });
    if (dispatch.waiting) this.wake();
  }

  /** Something was left in the store that is due. */
  wake(): void {
    this.#parts.engine?.wake();
    this.#parts.signals.tell({ kind: 'due' });
  }

  /** A webhook was changed: nothing is sent by what was known before. */
  refresh(webhook: Webhook): void {
    this.#parts.engine?.refresh(webhook);
    this.#tellOf(webhook.id);
  }

  /** A webhook was deleted: nothing is sent to it any more. */
  remove(webhookId: string): void {
    this.#parts.engine?.remove(webhookId);
    this.#tellOf(webhookId);
  }

  #tellOf(webhookId: string): void {
    this.#parts.signals.tell({ kind: 'changed', webhookIds: [webhookId] });
  }
}
