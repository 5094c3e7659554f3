import type { Member } from '../cluster/member.ts';
import type { Webhook, Work } from '../model.ts';
import type { Signals } from '../signals.ts';
import type { OwnedLane, PublishOptions } from '../store/contract.ts';
import type { Engine } from './engine.ts';

/** Who gets new deliveries: what a publish tells the store of this node. */
export type Birth = Pick<PublishOptions, 'node' | 'full' | 'homes'>;

/** What a publish came to, as far as delivery goes. */
export interface Dispatch {
  readonly work: readonly Work[];
  readonly taken: readonly OwnedLane[];
  readonly elsewhere: readonly string[];
  readonly eventIds: readonly string[];
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

  get birth(): Birth {
    const { engine, member } = this.#parts;
    return engine ? { ...engine.birth, homes: member.homes } : { node: null, homes: member.homes };
  }

  dispatch({ work, taken, elsewhere, eventIds, waiting }: Dispatch): void {
    const { engine, signals } = this.#parts;
    engine?.admit(work, taken);
    for (const node of elsewhere) signals.tell({ kind: 'born', node, eventIds });
    if (waiting) this.wake();
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
