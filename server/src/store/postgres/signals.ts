import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Signal, SignalListener, Signals } from '../../store/contract/signals.ts';
import { Listener } from './listener.ts';
import { channelOf, everyone, News, readPayload } from './news.ts';
import type { PoolSettings } from './pool.ts';

/** How long stopping may take to say what is still to be said. */
const lastWordsMs = 1000;

export interface SignalsParts {
  /** The id of this node. */
  readonly node: string;
  readonly settings: PoolSettings;
  readonly log: Logger;
}

/** Signals by PostgreSQL's LISTEN and NOTIFY, over one connection beside the store's. */
export function openPostgresSignals(url: string, parts: SignalsParts): Signals {
  return new PostgresSignals(url, parts);
}

/**
 * A NOTIFY takes a lock on all of the server until its transaction has committed. So it never is part of the store's
 * transactions, and one statement at a time says everything that was told meanwhile.
 */
class PostgresSignals implements Signals {
  readonly #node: string;
  readonly #news: News;
  readonly #listener: Listener;
  #hearer: SignalListener | undefined;
  #speaking: Promise<void> | undefined;
  #stopped = false;

  constructor(url: string, { node, settings, log }: SignalsParts) {
    this.#node = node;
    this.#news = new News(node);
    this.#listener = new Listener({
      url,
      settings,
      channels: [everyone, channelOf(node)],
      log,
      onPayload: (payload) => this.#hear(payload),
      onListening: () => {
        this.#hearer?.missed();
        this.#speak();
      },
      // Others look into the store themselves before long; later it would be no news any more.
      onLost: () => this.#news.forget(),
    });
  }

  start(listener: SignalListener): void {
    this.#hearer = listener;
    this.#listener.start();
  }

  tell(signal: Signal): void {
    if (this.#stopped) return;
    this.#news.add(signal);
    this.#speak();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const enough = new AbortController();
    await Promise.race([this.#speaking, pause(lastWordsMs, undefined, { signal: enough.signal }).catch(() => {})]);
    enough.abort();
    await this.#listener.stop();
  }

  #hear(payload: string): void {
    const news = readPayload(payload);
    if (news && news.from !== this.#node && !this.#stopped) this.#hearer?.hear(news.signal);
  }

  #speak(): void {
    this.#speaking ??= this.#sayAll();
  }

  async #sayAll(): Promise<void> {
    // What is told in the same moment goes together.
    await nextTurn();
    while (this.#listener.listening && !this.#news.empty) {
      const messages = this.#news.take();
      const channels = messages.map(({ channel }) => channel);
      const payloads = messages.map(({ payload }) => payload);
      // What fails breaks the connection, which the log hears of, or is of this message alone.
      await this.#listener.query(notify, [channels, payloads]).catch(() => {});
    }
    // In the same breath: what is told from now on begins anew.
    this.#speaking = undefined;
  }
}

const notify = 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as news (channel, payload)';
