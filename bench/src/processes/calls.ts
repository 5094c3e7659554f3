import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { within } from '../measure/clock.ts';

/** What a child process of the benchmark does when it is asked. */
export type Calls = Record<string, (...args: never[]) => unknown>;

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Message =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'notice'; readonly value: number };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A module of the benchmark in a process of its own, so that its CPU and its pauses are its own. */
export class Child<C extends { [M in keyof C]: (...args: never[]) => unknown }> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;

  /** @param onNotice told what the child says without having been asked. */
  constructor(module: URL, onNotice: (value: number) => void = () => {}) {
    this.#process = fork(module, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message: Message) => {
      if (message.kind === 'notice') onNotice(message.value);
      else this.#settle(message);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#failAll(new Error(`A process of the benchmark ended (${signal ?? code}) before it answered.`));
        resolve();
      });
    });
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('A process of the benchmark could not be started.');
    return pid;
  }

  /** @throws {Error} when it fails or takes longer than `longestMs`. */
  ask<M extends keyof C & string>(
    method: M,
    args: Parameters<C[M]>,
    longestMs = 30_000,
  ): Promise<Awaited<ReturnType<C[M]>>> {
    this.#lastId += 1;
    const call: Call = { id: this.#lastId, method, args };
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(call.id, { resolve, reject });
      if (this.#process.connected) this.#process.send(call);
      else reject(new Error('A process of the benchmark has ended.'));
    });
    return within(longestMs, `"${method}" of a process of the benchmark`, answered) as Promise<
      Awaited<ReturnType<C[M]>>
    >;
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #settle(message: Exclude<Message, { kind: 'notice' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.message));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** The child's side: carries out what is asked, and ends with the process that asks. */
export function answerCalls(calls: Calls): void {
  const answer = async ({ id, method, args }: Call): Promise<Message> => {
    try {
      const call = calls[method] as ((...args: readonly unknown[]) => unknown) | undefined;
      return { kind: 'answer', id, value: await call?.(...args) };
    } catch (error) {
      return { kind: 'failure', id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (call: Call) => void answer(call).then((message) => process.send?.(message)));
  process.once('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group; the parent ends it in order.
  process.on('SIGINT', () => {});
}

export function notice(value: number): void {
  const message: Message = { kind: 'notice', value };
  process.send?.(message);
}
