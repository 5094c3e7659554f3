import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { Backoff } from '../../flow/backoff.ts';
import { close, keepDeadlines } from './deadline.ts';
import { toStoreError } from './errors.ts';
import type { PoolSettings } from './pool.ts';
import { connectionConfig } from './pool.ts';

/** How often the connection is checked. */
const probeMs = 3000;
const firstPauseMs = 100;
const longestPauseMs = 5000;

export interface ListenerParts {
  readonly url: string;
  readonly settings: PoolSettings;
  readonly channels: readonly string[];
  readonly log: Logger;
  readonly onPayload: (payload: string) => void;
  /** Called when it listens, for the first time or again. */
  readonly onListening: () => void;
  /** Called when the connection is lost or cannot be opened. */
  readonly onLost: () => void;
}

/** Listens to channels on a dedicated connection, and reconnects when it breaks, even silently. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #backoff = new Backoff({ firstMs: firstPauseMs, maxMs: longestPauseMs });
  readonly #stopping = new AbortController();
  #connection: pg.Client | undefined;
  #listening = false;
  /** The outage is in the log. */
  #lossLogged = false;
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

  async query(text: string, parameters: readonly unknown[]): Promise<void> {
    await this.#connection?.query(text, [...parameters]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#listen().catch((error: unknown) => this.#lost(error));
      await pause(this.#backoff.next(), undefined, { signal }).catch(() => {});
    }
  }

  /** Connects and listens until it fails. */
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
      // Notifications can get lost anyway, so commits need not wait for the disk.
      const listen = channels.map((channel) => `listen ${client.escapeIdentifier(channel)}`);
      await client.query(['set synchronous_commit = off', ...listen].join('; '));
      this.#connected();
      for (;;) {
        await Promise.race([pause(probeMs, undefined, { ref: false }), broken.promise]);
        await client.query('select 1');
      }
    } finally {
      this.#listening = false;
      close(client);
    }
  }

  #connected(): void {
    if (this.#lossLogged) this.#parts.log.info('signals from other nodes are received again');
    this.#lossLogged = false;
    this.#backoff.reset();
    this.#listening = true;
    this.#parts.onListening();
  }

  #lost(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const problem = toStoreError(error).message;
    if (!this.#lossLogged) this.#parts.log.warn({ problem }, 'cannot receive signals from other nodes; retrying');
    this.#lossLogged = true;
    this.#parts.onLost();
  }
}
