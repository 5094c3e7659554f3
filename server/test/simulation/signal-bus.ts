import type { Signal, SignalListener, Signals } from '../../src/store/contract/signals.ts';
import type { Random } from '../store/conformance/random.ts';
import type { Host, Timeline } from './timeline.ts';

export interface News {
  readonly mostMs: number;
  readonly lostShare: number;
  readonly repeatedShare: number;
}

/** What nodes tell each other: late, not at all, or twice. */
export class SignalBus {
  news: News = { mostMs: 5, lostShare: 0, repeatedShare: 0 };
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #ends = new Set<SignalEnd>();

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  open(host: Host): SignalEnd {
    const end = new SignalEnd(host, {
      join: (joined) => this.#ends.add(joined),
      leave: (left) => this.#ends.delete(left),
      tell: (from, signal) => this.#tell(from, signal),
    });
    return end;
  }

  #tell(from: SignalEnd, signal: Signal): void {
    if (from.isCutOff) return;
    const others = [...this.#ends].filter((end) => end !== from && end.host.alive);
    for (const end of others) {
      if (signal.kind === 'born' && signal.node.split('.')[0] !== end.host.name) continue;
      const { lostShare, repeatedShare } = this.news;
      if (this.#random.chance(lostShare)) continue;
      this.#deliver(end, signal);
      if (this.#random.chance(repeatedShare)) this.#deliver(end, signal);
    }
  }

  #deliver(end: SignalEnd, signal: Signal): void {
    const milliseconds = this.#random.next() * this.news.mostMs;
    this.#timeline.after(milliseconds, () => end.hear(signal), end.host);
  }
}

interface Exchange {
  readonly join: (end: SignalEnd) => void;
  readonly leave: (end: SignalEnd) => void;
  readonly tell: (from: SignalEnd, signal: Signal) => void;
}

/** One node's end of it. */
export class SignalEnd implements Signals {
  readonly host: Host;
  /** News goes by way of the store: who cannot reach it tells and hears nothing. */
  isCutOff = false;
  readonly #exchange: Exchange;
  #listener: SignalListener | undefined;

  constructor(host: Host, exchange: Exchange) {
    this.host = host;
    this.#exchange = exchange;
  }

  start(listener: SignalListener): void {
    this.#listener = listener;
    this.#exchange.join(this);
  }

  tell(signal: Signal): void {
    this.#exchange.tell(this, signal);
  }

  async stop(): Promise<void> {
    this.#listener = undefined;
    this.#exchange.leave(this);
  }

  hear(signal: Signal): void {
    if (!this.isCutOff) this.#listener?.hear(signal);
  }

  missed(): void {
    this.#listener?.missed();
  }
}
