import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));

export interface ProcessOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** The server as `npm start` runs it: a process of its own, which can be killed. */
export class ServerProcess {
  readonly url: string;
  /** The development API key that the server printed. */
  readonly apiKey: string;
  /** What it printed until it was ready. */
  readonly output: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, output: string) {
    this.#child = child;
    this.output = output;
    this.url = /http:\/\/\S+/.exec(output)?.[0] ?? '';
    this.apiKey = /sk_live_\S+/.exec(output)?.[0] ?? '';
  }

  /** @throws {Error} with what it printed, when it ends before it is ready. */
  static async start({ dataDir, env = {}, workingDirectory }: ProcessOptions): Promise<ServerProcess> {
    const child = spawn(process.execPath, [entry], {
      env: { ...process.env, NODE_OPTIONS: '', PORT: '0', DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(workingDirectory ? { cwd: workingDirectory } : {}),
    });
    // A test that fails half-way must not leave it behind.
    const reap = () => child.kill('SIGKILL');
    process.once('exit', reap);
    child.once('exit', () => process.off('exit', reap));
    child.unref();
    const output = await untilReady(child);
    // The log goes on; nobody reads it.
    child.stdout?.resume();
    child.stderr?.resume();
    return new ServerProcess(child, output);
  }

  /** Ends it like a power cut. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Asks it to stop. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill(signal);
    await ended;
  }
}

/** What a person sees once the server is up; in production there is no key, but the address. */
const ready = /Bellhop is ready at \S+\n(?:[\s\S]*}'\n|\n$)/;

function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (ready.test(output)) resolve(output);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}:\n${output}`)));
  });
}
