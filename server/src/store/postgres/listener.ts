import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { Backoff } from '../../flow/backoff.ts';
import { close, keepDeadlines } from './deadline.ts';
import { toStoreError } from './errors.ts';
import type { PoolSettings } from './pool.ts';
import { connectionConfig } from './pool.ts';

/** How often the connection is asked whether it still is one. */
const probeMs = 3000;
const firstPauseMs = 100;
const longestPauseMs = 5000;

export interface ListenerParts {
  readonly url: string;
  readonly settings: PoolSettings;
  readonly channels: readonly string[];
  readonly log: Logger;
  readonly onPayload: (payload: string) => void;
  /** It listens, for the first time or again. */
  readonly onListening: () => void;
  /** It listens no more, or could not begin. */
  readonly onLost: () => void;
}

/** A connection of its own that listens to channels, and is made anew when it breaks, also when that happens silently. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #backoff = new Backoff({ firstMs: firstPauseMs, maxMs: longestPauseMs });
  readonly #stopping = new AbortController();
  #connection: pg.Client | undefined;
  #listening = false;
  /** Whether the log knows that it is away. */
  #away = false;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  get listening(): boolean {
    return this.#listening;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#connection) close(this.#connection);
    await this.#running;
  }

  /** @throws what the database says, or that it says nothing. */
  async query(text: string, parameters: readonly unknown[]): Promise<void> {
    await this.#connection?.query(text, [...parameters]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#listen().catch((error: unknown) => this.#lose(error));
      await pause(this.#backoff.next(), undefined, { signal }).catch(() => {});
    }
  }

  /** Connects and listens for as long as it goes well: ends by an error alone. */
  async #listen(): Promise<never> {
    const { url, settings, channels, onPayload } = this.#parts;
    const client = new pg.Client({ ...connectionConfig(url, settings), application_name: 'bellhop signals' });
    this.#connection = client;
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    client.on('error', broken.reject);
    client.once('end', () => broken.reject(new Error('The connection ended.')));
    client.on('notification', ({ payload }) => onPayload(payload ?? ''));
    keepDeadlines(client, settings.querySeconds, broken.reject);
    try {
      await Promise.race([client.connect(), broken.promise]);
      // News may get lost, so nobody has to wait until it is on the disk.
      const listen = channels.map((channel) => `listen ${client.escapeIdentifier(channel)}`);
      await client.query(['set synchronous_commit = off', ...listen].join('; '));
      this.#found();
      for (;;) {
        await Promise.race([pause(probeMs, undefined, { ref: false }), broken.promise]);
        await client.query('select 1');
      }
    } finally {
      this.#listening = false;
      close(client);
    }
  }

  #found(): void {
    if (this.#away) this.#parts.log.info('news from other nodes is heard again');
    this.#away = false;
    this.#backoff.reset();
    this.#listening = true;
    this.#parts.onListening();
  }

  #lose(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const problem = toStoreError(error).message;
    if (!this.#away) this.#parts.log.warn({ problem }, 'news from other nodes cannot be heard; trying again');
    this.#away = true;
    this.#parts.onLost();
  }
}
