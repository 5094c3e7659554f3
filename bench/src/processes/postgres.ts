import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { childrenOf, familyCpuMs } from '../measure/process-usage.ts';
import { StatementCounter } from '../measure/statements.ts';
import { Child } from './calls.ts';

export type PostgresCalls = {
  start(directory: string): { url: string; pid: number };
  stop(): void;
};

const longestStartMs = 60_000;
const longestStopMs = 20_000;

/**
 * A PostgreSQL server of the run's own, or the one that TEST_DATABASE_URL names, whose CPU then is not known: its
 * processes may be anywhere.
 */
export class Postgres {
  readonly #given = process.env.TEST_DATABASE_URL || undefined;
  readonly #databases: string[] = [];
  #child: Child<PostgresCalls> | undefined;
  #pid: number | undefined;
  #admin: pg.Client | undefined;
  #counts = true;
  #url = '';

  /** @param directory where its data go, which its own user may pass through. */
  async start(directory: string): Promise<void> {
    if (this.#given) {
      this.#url = this.#given;
    } else {
      this.#child = new Child(new URL('./postgres-child.ts', import.meta.url));
      ({ url: this.#url, pid: this.#pid } = await this.#child.ask('start', [directory], longestStartMs));
    }
    this.#admin = new pg.Client({ connectionString: this.#url });
    // Whoever asks it something is told.
    this.#admin.on('error', () => {});
    await this.#admin.connect();
    if (!this.#given) await this.#admin.query('create extension pg_stat_statements');
    else this.#counts = await this.#admin.query('select from pg_stat_statements limit 0').then(Boolean, () => false);
  }

  /** The URL of a new, empty database. */
  async database(): Promise<string> {
    const name = `bellhop_bench_${randomBytes(8).toString('hex')}`;
    await this.#client.query(`create database ${name}`);
    this.#databases.push(name);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Of all its processes, for all databases, so far. NaN: it is not known. */
  cpuMs(): number {
    return this.#pid === undefined ? Number.NaN : familyCpuMs(this.#pid);
  }

  /** Counts what a database is asked; undefined: the server that was given has no pg_stat_statements. */
  statementsOf(url: string): StatementCounter | undefined {
    return this.#counts ? new StatementCounter(this.#client, new URL(url).pathname.slice(1)) : undefined;
  }

  async stop(): Promise<void> {
    if (this.#given) {
      for (const name of this.#databases) await this.#client.query(`drop database if exists ${name} with (force)`);
    }
    await this.#admin?.end();
    try {
      await this.#child?.ask('stop', [], longestStopMs);
      await this.#child?.stop();
    } catch {
      this.kill();
    }
  }

  kill(): void {
    if (!this.#child) return;
    // The server, or what is still preparing its data. To the server it means to stop at once:
    // https://www.postgresql.org/docs/18/server-shutdown.html
    for (const { pid } of childrenOf(this.#child.pid)) quit(pid);
    this.#child.kill();
  }

  get #client(): pg.Client {
    if (!this.#admin) throw new Error('PostgreSQL was not started.');
    return this.#admin;
  }
}

function quit(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT');
  } catch {
    // It has ended meanwhile.
  }
}
