import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mustStop } from '@bellhop/server/test/cleanup';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

export interface RunOptions {
  /** Beside this process's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Default: Node with the server's main module. */
  readonly command?: readonly [string, ...string[]];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

const main: readonly [string, ...string[]] = [process.execPath, `${repository}server/src/main.ts`];

const ownEnvironment = { NODE_ENV: '', NODE_OPTIONS: '', PORT: '0' };

/** They have groups of their own, out of reach of what ends this process, and end with it all the same. */
const alive = new Set<ServerRun>();
const killAll = () => alive.forEach((run) => void run.stopAll('SIGKILL'));
process.once('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killAll();
    process.kill(process.pid, signal);
  });
}

/** A run of a program from its start to its end, whether it fails at once or serves until it is told to stop. */
export class ServerRun {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #output = '';
  /** Whether it ended, and with it everything that could still print. */
  #over = false;
  #heard: (() => void)[] = [];

  constructor({ env = {}, workingDirectory, command = main }: RunOptions) {
    const [program, ...parameters] = command;
    this.#child = spawn(program, parameters, {
      env: { ...process.env, ...ownEnvironment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a signal can reach what it starts, as Ctrl-C in a terminal does.
      detached: true,
      ...(workingDirectory ? { cwd: workingDirectory } : {}),
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => this.#hear(String(chunk)));
    const stopped = mustStop(`the process ${command.join(' ')}`, () => this.stopAll('SIGKILL'));
    alive.add(this);
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        stopped();
        alive.delete(this);
        this.#over = true;
        resolve({ code, signal, output: this.#output });
        this.#hear('');
      });
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('The program could not be started.');
    return pid;
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it ends by itself. */
  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /**
   * Resolves with the match once its output has it.
   *
   * @throws {Error} with the output, when it ends before.
   */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (this.#over) throw new Error(`It ended without printing ${pattern}:\n${this.#output}`);
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  /** Sends a signal to it alone, which need not end it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal to it alone, and resolves when it has ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child.kill(signal);
    return this.#ended;
  }

  /** Sends a signal to it and all that it started, and resolves when they have ended. */
  async stopAll(signal: 'SIGINT' | 'SIGKILL'): Promise<Ended> {
    if (!this.#over && this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
    return this.#ended;
  }

  #hear(text: string): void {
    this.#output += text;
    for (const resolve of this.#heard.splice(0)) resolve();
  }
}
