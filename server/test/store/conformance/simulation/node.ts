import type { Work } from '../../../../src/model.ts';
import type { Claim, Holdings } from '../../../../src/store/contract/index.ts';

/** What a node keeps in memory, as the engine would: what it was told, and nothing else. */
export class SimulatedNode {
  readonly id: string;
  readonly held = new Map<string, Work>();
  /** The terms of lanes that are its own. */
  readonly owned = new Map<string, number>();
  /** Those of them whose backlog it is to refill from. */
  readonly backlogged = new Set<string>();
  /** Events that others published and of which it holds deliveries; it has not fetched them yet. */
  readonly announced = new Set<string>();
  /** The nodes that delivered when it last looked. */
  peers: readonly string[] = [];
  /** Until when its lease holds, at least. */
  aliveUntil = 0;
  /** An answer or an announcement got lost: only by asking what it holds does it know everything again. */
  uninformed = false;
  /** Its lease ended, it was taken over, and it goes on with what it remembers as if nothing had been. */
  careless = false;
  /** Others that take over from it at this moment. */
  heirs = 0;
  #losses = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** Its lease ended: it may count on nothing any more. Tests are whoever's who asked for them. */
  forget(): void {
    for (const [id, { event }] of this.held) if (!event.test) this.held.delete(id);
    this.owned.clear();
    this.backlogged.clear();
    this.announced.clear();
    this.#losses += 1;
    this.uninformed = true;
    this.careless = false;
  }

  /** What a question that it asks now is to be heard with: false when it has lost everything until the answer comes. */
  listen(): () => boolean {
    const losses = this.#losses;
    return () => losses === this.#losses;
  }

  hold(work: readonly Work[]): void {
    for (const each of work) this.held.set(each.delivery.id, each);
  }

  release(ids: readonly string[]): void {
    for (const id of ids) this.held.delete(id);
  }

  /** What a claim or a refill brought. Its lanes have a backlog where it says so, and no others. */
  take({ work, lanes, backlogged }: Omit<Claim, 'nextDueAt'>): void {
    this.hold(work);
    for (const { webhookId } of lanes) this.backlogged.delete(webhookId);
    for (const id of backlogged) this.backlogged.add(id);
  }

  /** Goes by what the store says that it holds. Returns which deliveries it did not know of. */
  learn({ deliveryIds, lanes }: Holdings): string[] {
    const ids = new Set(deliveryIds);
    for (const [id, { event }] of this.held) if (!event.test && !ids.has(id)) this.held.delete(id);
    this.owned.clear();
    this.backlogged.clear();
    for (const { webhookId, backlogged } of lanes) if (backlogged) this.backlogged.add(webhookId);
    return deliveryIds.filter((id) => !this.held.has(id));
  }
}
