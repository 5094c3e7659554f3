import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Loop } from '../flow/loop.ts';
import type { Attempt } from '../model.ts';
import { ProblemError } from '../problem.ts';
import type { FeedStore } from '../store/contract/index.ts';
import { FeedReader } from './feed-reader.ts';

/** Readers per organization at this node. */
const mostReaders = 50;
/** Attempts that wait for a reader: two pages of the log. */
const mostWaiting = 200;
const lookEveryMs = 1000;
/** Attempts per look: the log shows no more. */
const newest = 100;
/** Bytes per look, as stored. */
const lookBytes = 4 * 1024 * 1024;
/** Attempts remembered as seen. */
const remembered = 1000;

export interface AttemptFeedParts {
  readonly store: FeedStore;
  /** Other nodes may record attempts. */
  readonly shared: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Streams attempts of a webhook to readers as they are recorded. This node's are pushed; those of other nodes are found by
 * polling each watched webhook every second. Idle when nobody watches.
 */
export class AttemptFeed {
  readonly #parts: AttemptFeedParts;
  /** By webhook. */
  readonly #watched = new Map<string, WatchedWebhook>();
  /** By organization. */
  readonly #readers = new Map<string, number>();

  constructor(parts: AttemptFeedParts) {
    this.#parts = parts;
  }

  /** Attempts that this node has recorded. */
  tell(recorded: readonly { readonly attempt: Attempt }[]): void {
    if (this.#watched.size === 0) return;
    for (const { attempt } of recorded) this.#watched.get(attempt.webhookId)?.show([attempt]);
  }

  /**
   * The attempts of a webhook from now on, each once, until the reader calls `return`. The stream of a reader who is too slow
   * ends; it has to read the log again.
   *
   * @param show what the reader gets of an attempt
   * @throws {ProblemError} `unavailable` when the organization has too many readers.
   */
  async watch<Shown>(
    organizationId: string,
    webhookId: string,
    show: (attempt: Attempt) => Shown,
  ): Promise<AsyncIterableIterator<Shown>> {
    const readers = this.#readers.get(organizationId) ?? 0;
    if (readers >= mostReaders) throw new ProblemError('unavailable', tooMany);
    this.#readers.set(organizationId, readers + 1);
    const watched = this.#watched.get(webhookId) ?? this.#begin(organizationId, webhookId);
    const reader: FeedReader<Attempt, Shown> = new FeedReader(mostWaiting, show, () => {
      this.#forget(organizationId);
      if (!watched.remove(reader)) return;
      watched.stop();
      if (this.#watched.get(webhookId) === watched) this.#watched.delete(webhookId);
    });
    watched.readers.add(reader);
    try {
      await watched.ready;
    } catch (error) {
      await reader.return();
      throw error;
    }
    return reader;
  }

  #begin(organizationId: string, webhookId: string): WatchedWebhook {
    const watched = new WatchedWebhook(organizationId, webhookId, this.#parts);
    this.#watched.set(webhookId, watched);
    return watched;
  }

  #forget(organizationId: string): void {
    const readers = this.#readers.get(organizationId) ?? 0;
    if (readers > 1) this.#readers.set(organizationId, readers - 1);
    else this.#readers.delete(organizationId);
  }
}

const tooMany = `This organization watches as many webhooks here as it may: ${mostReaders} streams are open. Close one of them first.`;

type Reader = Pick<FeedReader<Attempt, unknown>, 'push'>;

class WatchedWebhook {
  readonly readers = new Set<Reader>();
  /** Resolves when earlier attempts are known. */
  readonly ready: Promise<void>;
  readonly #organizationId: string;
  readonly #webhookId: string;
  readonly #parts: AttemptFeedParts;
  /** Oldest first. */
  readonly #seen = new Set<string>();
  readonly #looks: Loop;
  #stopped = false;
  #failing = false;

  constructor(organizationId: string, webhookId: string, parts: AttemptFeedParts) {
    this.#organizationId = organizationId;
    this.#webhookId = webhookId;
    this.#parts = parts;
    this.#looks = new Loop({
      clock: parts.clock,
      everyMs: lookEveryMs,
      pauses: { firstMs: lookEveryMs, maxMs: lookEveryMs },
      run: () => this.#look(),
      onError: (error) => this.#failed(error),
    });
    this.ready = parts.shared ? this.#lookFirst() : Promise.resolve();
  }

  /** Shows attempts that were not shown before. */
  show(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) {
      if (this.#seen.has(attempt.id)) continue;
      this.#remember([attempt.id]);
      for (const reader of this.readers) reader.push(attempt);
    }
  }

  /** True when it was the last reader. */
  remove(reader: Reader): boolean {
    return this.readers.delete(reader) && this.readers.size === 0;
  }

  stop(): void {
    this.#stopped = true;
    void this.#looks.stop();
  }

  async #lookFirst(): Promise<void> {
    this.#remember(await this.#parts.store.newestAttempts(this.#webhookId, newest));
    if (!this.#stopped) this.#looks.start(lookEveryMs);
  }

  async #look(): Promise<void> {
    const { store } = this.#parts;
    const ids = await store.newestAttempts(this.#webhookId, newest);
    const unseen = ids.filter((id) => !this.#seen.has(id));
    this.#remember(ids.filter((id) => this.#seen.has(id)).reverse());
    if (unseen.length > 0) this.show(await store.getAttempts(this.#organizationId, unseen, lookBytes));
    this.#failing = false;
  }

  #failed(error: unknown): void {
    if (!this.#failing && !this.#stopped) this.#parts.log.warn({ err: error, webhook_id: this.#webhookId }, lookFailed);
    this.#failing = true;
  }

  #remember(ids: readonly string[]): void {
    for (const id of ids) {
      this.#seen.delete(id);
      this.#seen.add(id);
    }
    for (const id of this.#seen) {
      if (this.#seen.size <= remembered) break;
      this.#seen.delete(id);
    }
  }
}

const lookFailed =
  'who watches a webhook does not see what other nodes send now: the store does not answer; trying again';
