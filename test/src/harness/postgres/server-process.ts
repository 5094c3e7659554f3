import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A PostgreSQL server in a process that ends with this one, however this one ends; `server.ts` is its other side. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly ended: Promise<unknown>;
  #problem = '';
  #url = '';

  private constructor() {
    this.#child = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url))], {
      // Ctrl-C is for the test run, which then ends and closes its end of the standard input.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.#problem += String(chunk);
    });
    this.#lines = lines(this.#child);
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** @throws {Error} with what it printed, when it does not start. */
  static async start(): Promise<ServerProcess> {
    const server = new ServerProcess();
    server.#url = await server.#line();
    return server;
  }

  /** Where it serves: the database that every server has. */
  get url(): string {
    return this.#url;
  }

  /** Ends PostgreSQL at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.#order('kill');
  }

  /** Starts it again after {@link kill}, in the same place. */
  async revive(): Promise<void> {
    await this.#order('start');
  }

  /** Stops it and removes its data. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.ended;
  }

  async #order(order: string): Promise<void> {
    this.#child.stdin?.write(`${order}\n`);
    await this.#line();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(this.#problem);
    return value;
  }
}

function lines({ stdout }: ChildProcess): AsyncIterator<string> {
  if (!stdout) throw new Error('The process has no standard output.');
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
}
