import { StoreError } from '../../src/store/errors.ts';
import type { Random } from '../store/conformance/random.ts';
import type { MemoryStore } from './store/memory-store.ts';
import type { Host, Timeline } from './timeline.ts';

type Method = (...args: never[]) => unknown;
type Answer<Result> = Result extends Generator<unknown, infer Last> ? Last : Result;

/** The store as a node sees it: every call takes time, and may fail. */
export type RemoteStore = {
  readonly [Name in keyof MemoryStore as MemoryStore[Name] extends Method ? Name : never]: MemoryStore[Name] extends (
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Promise<Answer<Result>>
    : never;
};

export interface Latency {
  readonly fromMs: number;
  readonly toMs: number;
  /** How many legs take much longer, up to so long. */
  readonly slowShare: number;
  readonly slowMs: number;
  /** How many answers get lost with their connection, after what was asked was done. */
  readonly lostShare: number;
}

/** A call is made, carried out, answered; or it fails. */
export type Step = 'asks' | 'done' | 'told' | 'fails';

/** How long a call waits for its answer: database.querySeconds. */
const patienceMs = 10_000;
/** A leg that takes longer is trouble. */
const longMs = 1000;

export interface StoreLinkParts {
  readonly store: MemoryStore;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly host: Host;
  readonly latency: Latency;
  /** Whether calls may overtake each other, as over several connections. */
  readonly parallel: boolean;
  /** Told when a call fails or takes long. */
  readonly onTrouble: () => void;
  /** Told what happens to a call. */
  readonly onStep: ((step: Step, name: string, data: unknown) => void) | undefined;
}

/** A node's way to the store. Request and answer take time apart: an effect may come long before its answer, or without. */
export class StoreLink {
  readonly store: RemoteStore;
  /** `refuse`: calls fail at once. `hang`: nobody answers. */
  state: 'open' | 'refuse' | 'hang' = 'open';
  latency: Latency;
  readonly #parts: StoreLinkParts;
  /** When the last request and the last answer arrive, where none overtakes another. */
  #lastAt = [0, 0];

  constructor(parts: StoreLinkParts) {
    this.#parts = parts;
    this.latency = parts.latency;
    this.store = new Proxy({} as RemoteStore, {
      get:
        (_, name: keyof RemoteStore) =>
        (...args: unknown[]) =>
          this.#call(name, args),
    });
  }

  #call(name: keyof RemoteStore, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { timeline, host, onTrouble, onStep } = this.#parts;
      onStep?.('asks', name, args);
      const fail = () => {
        onTrouble();
        onStep?.('fails', name, args);
        reject(new StoreError('unavailable', `There was no answer to ${name}.`));
      };
      const cancel = timeline.after(patienceMs, fail, host);
      const lose = () => {
        if (this.state === 'hang') return;
        cancel();
        timeline.after(this.#leg(), fail, host);
      };
      if (this.state === 'refuse') return lose();
      this.#travel(0, () => {
        if (this.state !== 'open') return lose();
        this.#carryOut(name, args, (result) => {
          onStep?.('done', name, result);
          if (this.#parts.random.chance(this.latency.lostShare)) return lose();
          this.#travel(1, () => {
            if (this.state !== 'open') return lose();
            timeline.after(
              0,
              () => {
                cancel();
                onStep?.('told', name, undefined);
                resolve(result);
              },
              host,
            );
          });
        });
      });
    });
  }

  #carryOut(name: keyof RemoteStore, args: readonly unknown[], done: (result: unknown) => void): void {
    const method = this.#parts.store[name] as (...args: unknown[]) => unknown;
    const result = method.apply(this.#parts.store, [...args]);
    if (!isSteps(result)) {
      done(result);
      return;
    }
    const step = () => {
      const { done: isDone, value } = result.next();
      if (isDone) done(value);
      else this.#parts.timeline.after(this.#parts.random.next() * this.latency.fromMs, step);
    };
    step();
  }

  #travel(leg: 0 | 1, arrive: () => void): void {
    const { timeline, parallel, onTrouble } = this.#parts;
    const milliseconds = this.#leg();
    if (milliseconds > longMs) onTrouble();
    const last = this.#lastAt[leg] ?? 0;
    const at = parallel ? timeline.now + milliseconds : Math.max(last, timeline.now + milliseconds);
    this.#lastAt[leg] = at;
    timeline.after(at - timeline.now, arrive);
  }

  #leg(): number {
    const { random } = this.#parts;
    const { fromMs, toMs, slowShare, slowMs } = this.latency;
    return random.chance(slowShare) ? random.next() * slowMs : fromMs + random.next() * (toMs - fromMs);
  }
}

function isSteps(result: unknown): result is Generator<unknown, unknown> {
  return typeof result === 'object' && result !== null && Symbol.iterator in result && 'next' in result;
}
