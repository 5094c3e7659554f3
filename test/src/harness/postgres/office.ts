import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/**
 * Hands out PostgreSQL databases to the suites of a test run: each POST answers with the URL of an empty one. The server
 * below them starts when the first suite asks, so runs without PostgreSQL do not wait for it. `TEST_DATABASE_URL` names
 * another server to make databases on; those are dropped at the end.
 */
export default async function openOffice(): Promise<void> {
  const office = new Office(process.env.TEST_DATABASE_URL);
  process.env.BELLHOP_TEST_DATABASES = await office.open();
  Object.assign(globalThis, { bellhopTestDatabases: office });
}

export class Office {
  readonly #given: string | undefined;
  readonly #names: string[] = [];
  #http: Server | undefined;
  #child: ChildProcess | undefined;
  #server: Promise<string> | undefined;

  constructor(given: string | undefined) {
    this.#given = given || undefined;
  }

  /** Returns where to ask for a database. */
  async open(): Promise<string> {
    this.#http = createServer((_, response) => {
      this.#database().then(
        (url) => response.end(url),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
    // Alone it must not keep a run alive that is over.
    this.#http.unref();
    await new Promise<void>((resolve) => this.#http?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#http?.closeAllConnections();
    this.#http?.close();
    if (this.#given) await this.#dropAll(this.#given);
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise<unknown>((resolve) => child.once('close', resolve));
    child.stdin?.end();
    await ended;
  }

  async #database(): Promise<string> {
    this.#server ??= this.#given ? Promise.resolve(this.#given) : this.#start();
    const server = await this.#server;
    const name = `bellhop_test_${randomBytes(8).toString('hex')}`;
    await execute(server, `create database ${name}`);
    this.#names.push(name);
    const url = new URL(server);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** @throws {Error} with what it printed, when it does not start. */
  #start(): Promise<string> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url))], {
      env: { ...process.env, NODE_OPTIONS: '' },
      // Ctrl-C is for the test run, which then ends and closes its end of the standard input.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    let problem = '';
    child.stderr.on('data', (chunk) => {
      problem += String(chunk);
    });
    return new Promise((resolve, reject) => {
      child.stdout.once('data', (chunk) => resolve(`${String(chunk).trim()}/postgres`));
      child.once('error', reject);
      child.once('close', () => reject(new Error(problem)));
    });
  }

  async #dropAll(server: string): Promise<void> {
    for (const name of this.#names) await execute(server, `drop database if exists ${name} with (force)`);
  }
}

async function execute(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
