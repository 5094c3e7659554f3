import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BareClient } from './processes/bare-client.ts';
import { Receiver } from './processes/receiver.ts';
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
  #directory: string | undefined;
  #directories = 0;
  readonly #servers: { title: string; server: ServerProcess }[] = [];

  constructor(settings: Settings, print: (line: string) => void) {
    this.settings = settings;
    this.#print = print;
  }

  /** Of this scenario alone; removed at its end. */
  get directory(): string {
    this.#directory ??= mkdtempSync(join(tmpdir(), 'bellhop-bench-'));
    return this.#directory;
  }

  /** Says how far it is. */
  progress(text: string): void {
    this.#print(text);
  }

  /**
   * A server that is ready.
   *
   * @param title what it is measured for.
   * @param directory default: an empty one.
   */
  async server(title: string, directory = this.newDirectory()): Promise<ServerProcess> {
    const profileDirectory = this.settings.profileDirectory ?? undefined;
    const server = this.add(new ServerProcess({ directory, profileDirectory }));
    await server.ready();
    this.#servers.push({ title, server });
    return server;
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
    for (const part of this.#parts.splice(0)) await part.stop();
    this.#remove();
  }

  /** At once, for when the process ends. */
  kill(): void {
    for (const part of this.#parts.splice(0)) part.kill?.();
    this.#remove();
  }

  #remove(): void {
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
