import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The outcome of a call of the app. */
export interface Outcome<T> {
  readonly results: T;
  /** What the app wrote to `z.console`. */
  readonly console: string;
  /** Everything Zapier would keep of it: requests, answers, console. */
  readonly logs: string;
}

/** What an app threw, as Zapier shows it to people. */
export class AppError extends Error {
  override readonly name: string;
  readonly logs: string;

  constructor({ name, message }: { name: string; message: string }, logs: string) {
    super(message);
    this.name = name;
    this.logs = logs;
  }
}

interface Answer {
  readonly number: number;
  readonly results?: unknown;
  readonly error?: { name: string; message: string };
  readonly logs: readonly { readonly message: string; readonly data: { readonly log_type?: string } }[];
}

/**
 * A Zapier app in a child process, driven by its entry point as Zapier drives it. BELLHOP_ZAPIER_NODE names another Node
 * to run it on (scripts/zapier.ts).
 */
export class Lambda {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #calls = 0;

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.on('message', (answer: Answer) => {
      this.#waiting.get(answer.number)?.(answer);
      this.#waiting.delete(answer.number);
    });
  }

  /** @param entry the app's `zapierwrapper.js` */
  static async start(entry: string): Promise<Lambda> {
    // The core behaves otherwise where NODE_ENV names a test.
    const { NODE_ENV: _, ...env } = process.env;
    const host = fileURLToPath(new URL('lambda-host.ts', import.meta.url));
    const execPath = process.env.BELLHOP_ZAPIER_NODE ?? process.execPath;
    const child = fork(host, [entry], { env, execPath, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The app did not start:\n${complaint}`)));
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return new Lambda(child);
  }

  /** Runs one of the app's functions, such as `triggers.x.operation.perform`. @throws {AppError} */
  async execute<T>(method: string, bundle: Record<string, unknown>): Promise<Outcome<T>> {
    return this.#invoke<T>({ command: 'execute', method, bundle });
  }

  /** The app as plain data, and what Zapier's schema finds wrong with it. */
  async command<T>(command: 'definition' | 'validate'): Promise<T> {
    return (await this.#invoke<T>({ command, bundle: {} })).results;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill();
    await once(this.#process, 'exit');
  }

  async #invoke<T>(event: Record<string, unknown>): Promise<Outcome<T>> {
    this.#calls += 1;
    const number = this.#calls;
    const { results, error, logs } = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(number, resolve);
      this.#process.send({ number, event }, (failure) => failure && reject(failure));
    });
    const all = JSON.stringify(logs);
    if (error) throw new AppError(error, all);
    const said = logs.filter(({ data }) => data.log_type === 'console').map(({ message }) => message);
    return { results: results as T, console: said.join(''), logs: all };
  }
}
