import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Signal, SignalListener, Signals } from '../../store/contract/signals.ts';
import { Listener } from './listener.ts';
import { channelOf, everyone, News, readPayload } from './news.ts';
import type { PoolSettings } from './pool.ts';

/** How long `stop` waits for signals that are still to be sent. */
const flushMs = 1000;

export interface SignalsParts {
  /** The id of this node. */
  readonly node: string;
  readonly settings: PoolSettings;
  readonly log: Logger;
}

/** Signals by LISTEN and NOTIFY, over a dedicated connection. */
export function openPostgresSignals(url: string, parts: SignalsParts): Signals {
  return new PostgresSignals(url, parts);
}

/**
 * NOTIFY takes a server-wide lock until its transaction commits. So it is never part of the store's transactions, and
 * one statement at a time sends all pending signals.
 */
class PostgresSignals implements Signals {
  readonly #node: string;
  readonly #news: News;
  readonly #listener: Listener;
  #subscriber: SignalListener | undefined;
  #sending: Promise<void> | undefined;
  #stopped = false;

  constructor(url: string, { node, settings, log }: SignalsParts) {
    this.#node = node;
    this.#news = new News(node);
    this.#listener = new Listener({
      url,
      settings,
      channels: [everyone, channelOf(node)],
      log,
      onPayload: (payload) => this.#receive(payload),
      onListening: () => {
        this.#subscriber?.missed();
        this.#send();
      },
      // Other nodes poll the store meanwhile, so these signals would arrive too late to be of use.
      onLost: () => this.#news.clear(),
    });
  }

  start(listener: SignalListener): void {
    this.#subscriber = listener;
    this.#listener.start();
  }

  tell(signal: Signal): void {
    if (this.#stopped) return;
    this.#news.add(signal);
    this.#send();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const sent = new AbortController();
    await Promise.race([this.#sending, pause(flushMs, undefined, { signal: sent.signal }).catch(() => {})]);
    sent.abort();
    await this.#listener.stop();
  }

  #receive(payload: string): void {
    const message = readPayload(payload);
    if (message && message.from !== this.#node && !this.#stopped) this.#subscriber?.hear(message.signal);
  }

  #send(): void {
    this.#sending ??= this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    // Collects the signals of this turn.
    await nextTurn();
    while (this.#listener.listening && !this.#news.empty) {
      const messages = this.#news.take();
      const channels = messages.map(({ channel }) => channel);
      const payloads = messages.map(({ payload }) => payload);
      // A failure either breaks the connection, which is logged, or concerns only these messages.
      await this.#listener.query(notify, [channels, payloads]).catch(() => {});
    }
    // Synchronously after the check: a later signal starts a new run.
    this.#sending = undefined;
  }
}

const notify = 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as news (channel, payload)';
