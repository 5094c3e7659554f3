import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import { pause, sharedNow } from '../measure/clock.ts';

const main = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));
const longestStartMs = 60_000;
const longestStopMs = 20_000;

export interface ServerOptions {
  /** Where its data and its log go. Nodes of one database share it, and so the keys in it. */
  readonly directory: string;
  /** The PostgreSQL database that keeps its data. Default: a SQLite file. */
  readonly databaseUrl?: string | undefined;
  /** Of its log; another one for each node of a directory. */
  readonly name?: string;
  /** Where Node writes the CPU profile of each of its threads when it ends. */
  readonly profileDirectory?: string | undefined;
}

/** Of the shared clock. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A server, or several nodes that share a database: what a scenario publishes to and measures. */
export interface Service {
  /** Of its nodes. */
  readonly urls: readonly string[];
  readonly pids: readonly number[];
  /** A new organization, so that what is published reaches its webhooks and no others. */
  tenant(name: string): Promise<{ client: Client; apiKey: string }>;
  /** What it did so far was warming up. */
  startMeasuring(): void;
}

/**
 * The server as an operator starts it: its own process, development mode for loopback targets, its log into a file, as
 * writing that log is part of its work.
 */
export class ServerProcess implements Service {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #exited: Promise<void>;
  #over = false;
  #measuredFrom = 0;
  #measuredTo = 0;
  /** Milliseconds from its start until it could be called. */
  readyMs = 0;
  url = '';
  apiKey = '';
  #rootKey = '';

  constructor({ directory, databaseUrl, name = 'server', profileDirectory }: ServerOptions) {
    this.#log = join(directory, `${name}.log`);
    const log = openSync(this.#log, 'w');
    const profiling = profileDirectory ? ['--cpu-prof', '--cpu-prof-dir', profileDirectory] : [];
    this.#child = spawn(process.execPath, [...profiling, main], {
      cwd: directory,
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        DATA_DIR: join(directory, 'data'),
        ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.#over = true;
        resolve();
      });
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('The server could not be started.');
    return pid;
  }

  get pids(): number[] {
    return [this.pid];
  }

  get urls(): string[] {
    return [this.url];
  }

  /** Resolves when it can be called. @throws {Error} with its output when it ends or does not come up. */
  async ready(): Promise<void> {
    const start = sharedNow();
    for (;;) {
      const output = readFileSync(this.#log, 'utf8');
      const match = /Bellhop is ready at (\S+)\n.*?(sk_live_\S+)\n.*?Root key +(\S+)\n/s.exec(output);
      if (match) {
        [, this.url = '', this.apiKey = '', this.#rootKey = ''] = match;
        this.readyMs = sharedNow() - start;
        this.startMeasuring();
        return;
      }
      if (this.#over || sharedNow() - start > longestStartMs) throw new Error(`The server did not start:\n${output}`);
      await pause(5);
    }
  }

  /** When it was measured: from its start, or from when it was warm, until it was told to stop. */
  get measured(): Span {
    return { from: this.#measuredFrom, to: this.#measuredTo };
  }

  startMeasuring(): void {
    this.#measuredFrom = sharedNow();
  }

  async tenant(name: string): Promise<{ client: Client; apiKey: string }> {
    const root = createClient({ baseUrl: this.url, apiKey: this.#rootKey });
    const { id } = await root.createOrganization({ body: { name } });
    const scopes = ['admin', 'events:write', 'webhooks:write'] as const;
    const { key } = await root.createApiKey({ params: { id }, body: { name: 'bench', scopes: [...scopes] } });
    return { client: createClient({ baseUrl: this.url, apiKey: key }), apiKey: key };
  }

  /** Tells it to stop, and makes it if it does not. */
  async stop(): Promise<void> {
    if (this.#over) return;
    this.#measuredTo = sharedNow();
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), longestStopMs);
    await this.#exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
