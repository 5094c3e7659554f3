import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Batch } from '../flow/batch.ts';
import { keepTrying } from '../flow/keep-trying.ts';
import type { Work } from '../model.ts';
import type { AttemptResult, LaneStore, Recorded } from '../store/contract/index.ts';
import type { Lane } from './lane.ts';

/** Per transaction. */
const mostTogether = 250;
/** Characters of their requests per transaction, besides the last of them. */
const mostCharacters = 1024 * 1024;
/** The same of results that wait before nothing more is sent. */
const mostWaitingCharacters = 8 * 1024 * 1024;
/** Results that may wait to be recorded before nothing more is sent. */
const mostResults = 5000;

type Back = 'release' | 'requeue';

export interface LedgerParts {
  readonly store: Pick<LaneStore, 'record' | 'release' | 'requeue' | 'relinquish'>;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted when results that the store cannot take are to be given up. */
  readonly ending: AbortSignal;
  readonly onRecorded: (results: readonly AttemptResult[], recorded: Recorded) => void;
  /** Told once the store has deliveries back. */
  readonly onBack: (how: Back, work: readonly Work[]) => void;
  /** Told once the store has a lane back. */
  readonly onRelinquished: (lanes: readonly { readonly lane: Lane; readonly term: number }[]) => void;
}

/**
 * What this node owes the store: results of attempts, deliveries that it did not send, lanes that it leaves. Each is tried
 * until the store has it, and what comes meanwhile goes together.
 */
export class Ledger {
  readonly #parts: LedgerParts;
  readonly #results: Batch<AttemptResult>;
  readonly #back: Readonly<Record<Back, Batch<Work>>>;
  readonly #lanes: Batch<{ readonly lane: Lane; readonly term: number }>;
  /** Of the requests of results that wait. */
  #characters = 0;
  #failing = false;
  #stopping = false;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
    const take = <Item>(waiting: Item[]) => waiting.splice(0, mostTogether);
    this.#results = new Batch({ take: takeResults, write: (results) => this.#record(results) });
    this.#back = {
      release: new Batch({ take, write: (work) => this.#giveBack('release', work) }),
      requeue: new Batch({ take, write: (work) => this.#giveBack('requeue', work) }),
    };
    this.#lanes = new Batch({ take, write: (lanes) => this.#relinquish(lanes) });
  }

  /** So many results wait that nothing more should be sent. */
  get isStalled(): boolean {
    return this.#failing || this.#results.size >= mostResults || this.#characters >= mostWaitingCharacters;
  }

  record(result: AttemptResult): void {
    this.#characters += result.attempt.request.body.length;
    this.#results.add([result]);
  }

  /** Anyone may claim these deliveries. */
  release(work: readonly Work[]): void {
    this.#back.release.add(work);
  }

  /** These found no room in their lane; this node fetches them again when there is. */
  requeue(work: readonly Work[]): void {
    this.#back.requeue.add(work);
  }

  /** Any node may have these lanes. */
  relinquish(lanes: readonly Lane[]): void {
    this.#lanes.add(lanes.map((lane) => ({ lane, term: lane.term })));
  }

  /** Resolves when the store has everything. */
  async flush(): Promise<void> {
    await this.#results.flush();
    // What is given back may be the last of a lane, which is relinquished then.
    await this.#back.release.flush();
    await this.#back.requeue.flush();
    await this.#lanes.flush();
  }

  /** From now on nothing but results is tried again: what the store does not take back, its lease ends. */
  hurry(): void {
    this.#stopping = true;
  }

  async #record(results: readonly AttemptResult[]): Promise<void> {
    const { store, node, clock, log, ending, onRecorded } = this.#parts;
    const recorded = await keepTrying(() => store.record(node, results, clock.now()), {
      clock,
      onError: (error) => {
        this.#failing = true;
        log.error({ err: error, results: results.length }, 'recording results failed; trying again');
      },
      // Those deliveries are sent again one day.
      givesUp: () => ending.aborted,
    });
    for (const { attempt } of results) this.#characters -= attempt.request.body.length;
    if (!recorded) return;
    this.#failing = false;
    onRecorded(results, recorded);
  }

  async #giveBack(how: Back, work: readonly Work[]): Promise<void> {
    const { store, node, clock, onBack } = this.#parts;
    const ids = work.map(({ delivery }) => delivery.id);
    const done = await this.#insist(`${how} of deliveries failed`, { deliveries: ids.length }, () =>
      store[how](node, ids, clock.now()),
    );
    if (done) onBack(how, work);
  }

  async #relinquish(lanes: readonly { readonly lane: Lane; readonly term: number }[]): Promise<void> {
    const { store, node, onRelinquished } = this.#parts;
    const leaves = lanes.map(({ lane: { webhookId, leftAt }, term }) => ({ webhookId, term, leftAt }));
    const done = await this.#insist('relinquishing lanes failed', { lanes: lanes.length }, () =>
      store.relinquish(node, leaves),
    );
    if (done) onRelinquished(lanes);
  }

  async #insist(problem: string, details: object, run: () => Promise<void>): Promise<boolean> {
    const { clock, log, ending } = this.#parts;
    const done = await keepTrying(() => run().then(() => true), {
      clock,
      onError: (error) => log.error({ err: error, ...details }, problem),
      givesUp: () => this.#stopping || ending.aborted,
    });
    return done ?? false;
  }
}

function takeResults(waiting: AttemptResult[]): AttemptResult[] {
  let characters = 0;
  const end = waiting.findIndex(({ attempt }, index) => {
    const isFull = index === mostTogether || characters >= mostCharacters;
    characters += attempt.request.body.length;
    return isFull;
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}
