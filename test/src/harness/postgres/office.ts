import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDatabase, query } from './query.ts';
import { ServerProcess } from './server-process.ts';

/**
 * Hands out PostgreSQL databases to the suites of a test run: a POST to `/empty` answers with the URL of an empty one, one
 * to `/migrated` with that of one that has the tables. The server below them starts when the first suite asks, so runs
 * without PostgreSQL do not wait for it. `TEST_DATABASE_URL` names another server to make databases on; those are dropped
 * at the end.
 */
export default async function openOffice(): Promise<() => Promise<void>> {
  const office = new Office(process.env.TEST_DATABASE_URL);
  process.env.BELLHOP_TEST_DATABASES = await office.open();
  return () => office.close();
}

class Office {
  readonly #given: string | undefined;
  readonly #names: string[] = [];
  #http: Server | undefined;
  #process: ServerProcess | undefined;
  #server: Promise<string> | undefined;
  /** The name of a database that has the tables, to make copies of. */
  #template: Promise<string> | undefined;

  constructor(given: string | undefined) {
    this.#given = given || undefined;
  }

  /** Returns where to ask for a database. */
  async open(): Promise<string> {
    this.#http = createServer(({ url }, response) => {
      (url === '/empty' ? this.#empty() : this.#migrated()).then(
        (database) => response.end(database),
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
    await this.#process?.stop();
  }

  async #empty(): Promise<string> {
    return createDatabase(await this.#running(), this.#newName());
  }

  async #migrated(): Promise<string> {
    this.#template ??= this.#makeTemplate();
    const template = await this.#template;
    return createDatabase(await this.#running(), this.#newName(), template);
  }

  async #makeTemplate(): Promise<string> {
    const name = this.#newName();
    const url = await createDatabase(await this.#running(), name);
    const { openPostgresStore } = await import('@bellhop/server/store/postgres/store');
    const store = openPostgresStore(url, { poolSize: 1, connectSeconds: 30, querySeconds: 60, leaseSeconds: 15 });
    await store.migrate();
    // Only what nobody is connected to can be copied.
    await store.close();
    return name;
  }

  #newName(): string {
    const name = `bellhop_test_${randomBytes(8).toString('hex')}`;
    this.#names.push(name);
    return name;
  }

  #running(): Promise<string> {
    this.#server ??= this.#given ? Promise.resolve(this.#given) : this.#start();
    return this.#server;
  }

  /** @throws {Error} with what it printed, when it does not start. */
  async #start(): Promise<string> {
    this.#process = await ServerProcess.start();
    return this.#process.url;
  }

  async #dropAll(server: string): Promise<void> {
    for (const name of this.#names) await query(server, `drop database if exists ${name} with (force)`);
  }
}
