import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { DeliveryStore, OwnedLane } from '../store/contract.ts';
import type { Lane } from './lane.ts';

export interface OwnershipParts {
  readonly store: Pick<DeliveryStore, 'giveUp'>;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told when the store has lanes back that were given up. */
  readonly onGivenUp: (lanes: readonly Lane[]) => void;
}

/** A moment before something is asked of the store. */
export type Moment = number;

/** How long it is remembered that a lane was given up: longer than any answer takes. */
const rememberedMs = 60_000;

/**
 * Which lanes are this node's. The store decides; what it answered may be overtaken by what this node gave up meanwhile, so
 * every answer counts as of the moment it was asked for.
 */
export class Ownership {
  readonly #parts: OwnershipParts;
  readonly #givenUp = new Map<string, { readonly moment: Moment; readonly at: number }>();
  #moment: Moment = 0;
  #lostAt: Moment = -1;

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
  }

  moment(): Moment {
    return this.#moment;
  }

  /** Whether an answer that was asked for then may still be acted on. */
  counts(asked: Moment): boolean {
    return asked > this.#lostAt;
  }

  /** Takes a lane that the store says is this node's. */
  take(lane: Lane, { leftAt }: OwnedLane, asked: Moment): void {
    const givenUp = this.#givenUp.get(lane.webhookId);
    if (lane.owned || lane.leaving || (givenUp && givenUp.moment > asked)) return;
    const { clock } = this.#parts;
    lane.own(clock.elapsed(), leftAt === null ? null : clock.elapsed() - (clock.now() - leftAt));
  }

  /** All lanes at once are not this node's any more, and no answer counts that was asked for before. */
  lose(lanes: Iterable<Lane>): void {
    this.#lostAt = this.#moment;
    this.#moment += 1;
    for (const lane of lanes) lane.disown();
  }

  /**
   * Gives lanes up that are at rest. Until the store has them, they take nothing.
   *
   * @param rested whether it no longer matters when they last sent something.
   */
  async giveUp(lanes: readonly Lane[], rested: boolean): Promise<void> {
    if (lanes.length === 0) return;
    const { store, node, clock, log, onGivenUp } = this.#parts;
    this.#moment += 1;
    for (const lane of lanes) {
      lane.disown();
      lane.leaving = true;
      this.#givenUp.set(lane.webhookId, { moment: this.#moment, at: clock.elapsed() });
    }
    const ids = lanes.map(({ webhookId }) => webhookId);
    const given = await store.giveUp(node, ids, rested ? null : clock.now()).then(
      () => true,
      (error: unknown) =>
        log.error({ err: error, lanes: ids.length }, 'lanes could not be given up; they are found again'),
    );
    for (const lane of lanes) lane.leaving = false;
    if (given) onGivenUp(lanes);
  }

  /** Forgets what was given up long ago. */
  tidy(): void {
    const now = this.#parts.clock.elapsed();
    for (const [id, { at }] of this.#givenUp) {
      if (at + rememberedMs > now) break;
      this.#givenUp.delete(id);
    }
  }
}
