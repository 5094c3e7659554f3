import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Loop } from '../flow/loop.ts';
import type { AttemptOutcome, HourCounts } from '../model.ts';
import type { AttemptResult, CountStore } from '../store/contract/index.ts';

const hourMs = 3600 * 1000;
const writeEveryMs = 5000;
/** Webhooks and hours that are counted in memory while the store cannot take them. */
const mostPairs = 100_000;
/** Of these per call of the store: few enough not to delay a delivery. */
const pairsPerCall = 500;
/** What is older than that, the store would only prune. */
const hoursKeptMs = 48 * hourMs;

type Counts = Record<AttemptOutcome, number>;

export interface TallyParts {
  readonly store: CountStore;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Counts live attempts that were recorded, by webhook and by the hour in which they began, and adds them to the store every
 * five seconds and at the stop. It stands beside the recording, which never waits for it (ADR 21), so what can be read is
 * some seconds behind. A process that is killed loses what it counted since it last wrote, five seconds' worth at most; a
 * batch that the store took although its answer got lost is counted twice. When the store cannot write, the counts are kept
 * and go with the next ones.
 */
export class Tally {
  readonly #parts: TallyParts;
  /** By hour, then by webhook. */
  #hours = new Map<number, Map<string, Counts>>();
  #pairs = 0;
  /** Attempts that were not counted. */
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

  /** Resolves when everything that was counted is written, or given up because the store cannot take it. */
  async stop(): Promise<void> {
    await this.#writes.stop();
    await this.#write().catch(() => {});
  }

  /** Counts what was recorded; tests do not count. */
  add(results: readonly AttemptResult[]): void {
    for (const { attempt } of results) {
      if (attempt.test) continue;
      const counts = this.#countsOf(attempt.startedAt - (attempt.startedAt % hourMs), attempt.webhookId);
      if (counts) counts[attempt.outcome] += 1;
      else this.#lost += 1;
    }
  }

  /** Undefined when there is no room for more. */
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
