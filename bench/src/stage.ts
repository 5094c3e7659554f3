import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BareClient } from './processes/bare-client.ts';
import { Nodes } from './processes/nodes.ts';
import { Postgres } from './processes/postgres.ts';
import { Receiver } from './processes/receiver.ts';
import type { ServerOptions } from './processes/server.ts';
import { ServerProcess } from './processes/server.ts';
import type { Profiled } from './profile/report.ts';
import type { Settings } from './settings.ts';

interface Part {
  stop(): Promise<void>;
  kill?(): void;
}

/** What one scenario runs on: processes and a directory, which end with it. */
export class Stage {
  readonly settings: Settings;
  readonly #print: (line: string) => void;
  readonly #parts: Part[] = [];
  /** What others stand on, and so stops after them. */
  readonly #foundations: Part[] = [];
  #directory: string | undefined;
  #directories = 0;
  readonly #servers: { title: string; server: ServerProcess }[] = [];

  constructor(settings: Settings, print: (line: string) => void) {
    this.settings = settings;
    this.#print = print;
  }

  /** Of this scenario alone; removed at its end. */
  get directory(): string {
    if (this.#directory === undefined) {
      this.#directory = mkdtempSync(join(tmpdir(), 'bellhop-bench-'));
      // For root, PostgreSQL runs as another user, who has to get to its own directory inside.
      chmodSync(this.#directory, 0o711);
    }
    return this.#directory;
  }

  /** Says how far it is. */
  progress(text: string): void {
    this.#print(text);
  }

  /**
   * A server that is ready, in an empty directory unless one is given.
   *
   * @param title what it is measured for.
   */
  async server(title: string, options: Partial<ServerOptions> = {}): Promise<ServerProcess> {
    const { directory = this.newDirectory(), ...others } = options;
    const profileDirectory = this.settings.profileDirectory ?? undefined;
    const server = this.add(new ServerProcess({ directory, profileDirectory, ...others }));
    await server.ready();
    this.#servers.push({ title, server });
    return server;
  }

  /** So many servers on one PostgreSQL database. */
  async nodes(title: string, count: number, databaseUrl: string): Promise<Nodes> {
    const directory = this.newDirectory();
    const start = (number: number) =>
      this.server(`${title}, node ${number}`, { directory, databaseUrl, name: `node-${number}` });
    // The first one makes up the keys, which the others find.
    const first = await start(1);
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => start(index + 2)));
    return new Nodes(first, others);
  }

  async postgres(): Promise<Postgres> {
    const postgres = new Postgres();
    this.#foundations.push(postgres);
    await postgres.start(this.directory);
    return postgres;
  }

  /** The servers that ran, for who wants to read their profiles. */
  get profiled(): Profiled[] {
    return this.#servers.map(({ title, server }) => ({ title, pid: server.pid, ...server.measured }));
  }

  newDirectory(): string {
    this.#directories += 1;
    const directory = join(this.directory, `server-${this.#directories}`);
    mkdirSync(directory);
    return directory;
  }

  async receiver(): Promise<Receiver> {
    const receiver = this.add(new Receiver());
    await receiver.start();
    return receiver;
  }

  bareClient(): BareClient {
    return this.add(new BareClient());
  }

  /** Keeps something that has to be stopped at the end. */
  add<P extends Part>(part: P): P {
    this.#parts.push(part);
    return part;
  }

  /** Stops what was started, in that order: a server that waits for a receiver which hangs ends as soon as that does. */
  async close(): Promise<void> {
    await stopAll(this.#parts);
    await stopAll(this.#foundations);
    this.#remove();
  }

  /** At once, for when the process ends. */
  kill(): void {
    for (const part of [...this.#parts.splice(0), ...this.#foundations.splice(0)]) part.kill?.();
    this.#remove();
  }

  /** Again while processes that are ending still write into it: rmSync then leaves it without an error. */
  #remove(): void {
    if (!this.#directory) return;
    for (let tries = 0; tries < mostTries && existsSync(this.#directory); tries += 1) {
      if (tries > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
      rmSync(this.#directory, { recursive: true, force: true });
    }
  }
}

const mostTries = 100;
const pauseMs = 50;

/** One stays in the list until it has stopped, so that it can still be killed. */
async function stopAll(parts: Part[]): Promise<void> {
  for (let part = parts[0]; part; part = parts[0]) {
    await part.stop();
    parts.shift();
  }
}
