import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Loop } from '../flow/loop.ts';
import type { AttemptCounts, HourCounts } from '../model.ts';
import type { AttemptResult, CountStore } from '../store/contract/index.ts';

const hourMs = 3600 * 1000;
const writeEveryMs = 5000;
/** Pairs of webhook and hour in memory while the store does not answer. */
const mostPairs = 100_000;
/** Pairs per call of the store: few enough not to delay a delivery. */
const pairsPerCall = 500;
/** Older counts would only be pruned. */
const hoursKeptMs = 48 * hourMs;

type Counts = { -readonly [Outcome in keyof AttemptCounts]: number };

export interface TallyParts {
  readonly store: CountStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Counts recorded live attempts by webhook and hour, and adds them to the store every five seconds and at the stop.
 * Recording never waits for it (ADR 21), so statistics are some seconds behind. A killed process loses up to five seconds
 * of counts; a batch whose answer was lost is counted twice. While the store does not answer, counts are kept.
 */
export class Tally {
  readonly #parts: TallyParts;
  /** By hour and webhook. */
  #hours = new Map<number, Map<string, Counts>>();
  #pairs = 0;
  /** Attempts that were not counted, for lack of room. */
  #lost = 0;
  readonly #writes: Loop;

  constructor(parts: TallyParts) {
    this.#parts = parts;
    this.#writes = new Loop({
      clock: parts.clock,
      everyMs: writeEveryMs,
      run: () => this.#write(),
      onError: (error) => parts.log.error({ err: error }, 'statistics could not be written; trying again later'),
    });
  }

  start(): void {
    this.#writes.start(writeEveryMs);
  }

  /** Writes the remaining counts, if the store answers. */
  async stop(): Promise<void> {
    await this.#writes.stop();
    await this.#write().catch(() => {});
  }

  /** Tests do not count. */
  add(results: readonly AttemptResult[]): void {
    for (const { attempt } of results) {
      const { outcome } = attempt;
      if (attempt.test || outcome === 'skipped') continue;
      const counts = this.#countsOf(attempt.startedAt - (attempt.startedAt % hourMs), attempt.webhookId);
      if (counts) counts[outcome] += 1;
      else this.#lost += 1;
    }
  }

  /** Undefined: there is no room. */
  #countsOf(hour: number, webhookId: string): Counts | undefined {
    const webhooks = this.#hours.get(hour) ?? new Map<string, Counts>();
    const known = webhooks.get(webhookId);
    if (known || this.#pairs >= mostPairs) return known;
    const counts = { delivered: 0, failed: 0, throttled: 0 };
    this.#hours.set(hour, webhooks.set(webhookId, counts));
    this.#pairs += 1;
    return counts;
  }

  async #write(): Promise<void> {
    const counts = this.#take();
    try {
      while (counts.length > 0) {
        const some = counts.slice(0, pairsPerCall);
        await this.#parts.store.addCounts(some);
        counts.splice(0, some.length);
      }
    } catch (error) {
      this.#putBack(counts);
      throw error;
    }
  }

  #take(): HourCounts[] {
    const { clock, log } = this.#parts;
    if (this.#lost > 0)
      log.error({ attempts: this.#lost }, 'statistics are short of attempts: there was no room for more');
    const oldest = clock.now() - hoursKeptMs;
    const counts = [...this.#hours]
      .filter(([hour]) => hour >= oldest)
      .flatMap(([hour, webhooks]) => [...webhooks].map(([webhookId, each]) => ({ webhookId, hour, ...each })));
    this.#hours = new Map();
    this.#pairs = 0;
    this.#lost = 0;
    return counts;
  }

  #putBack(counts: readonly HourCounts[]): void {
    for (const { hour, webhookId, delivered, failed, throttled } of counts) {
      const later = this.#countsOf(hour, webhookId);
      if (later) {
        later.delivered += delivered;
        later.failed += failed;
        later.throttled += throttled;
      } else {
        this.#lost += delivered + failed + throttled;
      }
    }
  }
}
