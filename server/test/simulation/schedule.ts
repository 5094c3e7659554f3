import type { EngineSettings } from '../../src/lane/engine.ts';
import type { Webhook } from '../../src/model.ts';
import { Random } from '../store/conformance/random.ts';
import { plainWebhook } from '../webhook.ts';
import { eventTypes, organizationId, providerId, sealedFor } from './node.ts';
import type { Manners } from './receivers.ts';
import type { News } from './signal-bus.ts';
import type { Latency } from './store-link.ts';

/** What happens at a time; nodes and webhooks by their number, which is taken modulo how many there are. */
export type Action = { readonly at: number } & (
  | { readonly kind: 'publish'; readonly node: number; readonly types: readonly string[] }
  | { readonly kind: 'subscribe'; readonly webhook: Webhook; readonly manners: Manners }
  | { readonly kind: 'pause' | 'resume' | 'delete'; readonly node: number; readonly webhook: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop'; readonly node: number; readonly graceMs: number }
  | { readonly kind: 'kill'; readonly node: number }
  | { readonly kind: 'freeze'; readonly node: number; readonly forMs: number; readonly asleep: boolean }
  | { readonly kind: 'cut off'; readonly node: number; readonly forMs: number; readonly how: 'refuse' | 'hang' }
  | { readonly kind: 'outage'; readonly forMs: number; readonly how: 'refuse' | 'hang' }
  | { readonly kind: 'slow store'; readonly forMs: number; readonly latency: Latency }
);

/** All that a simulation does, from its seed. */
export interface Schedule {
  readonly seed: number;
  /** Whether several nodes share the store. */
  readonly shared: boolean;
  readonly nodes: number;
  readonly settings: EngineSettings;
  /** Whether answers of the store may take seconds. */
  readonly isLate: boolean;
  readonly latency: Latency;
  readonly news: News;
  readonly connectMs: number;
  readonly actions: readonly Action[];
  readonly lengthMs: number;
}

const second = 1000;
/** More than a lease. */
const longMs = 25 * second;

/** The chance of a schedule. */
class Maker {
  readonly random: Random;
  readonly shared: boolean;
  readonly lengthMs: number;
  readonly isLate: boolean;
  readonly #faults: boolean;
  #webhooks = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.shared = this.random.chance(0.85);
    this.#faults = this.random.chance(0.85);
    this.isLate = this.shared && this.#faults && this.random.chance(0.3);
    this.lengthMs = this.between(5, 30) * second;
  }

  between(from: number, to: number): number {
    return from + Math.floor(this.random.next() * (to - from + 1));
  }

  one<T>(items: readonly [T, ...T[]]): T {
    return this.random.oneOf(items) ?? items[0];
  }

  latency(): Latency {
    const exact = { fromMs: 0.2, toMs: 2, slowShare: 0, slowMs: 0, lostShare: 0 };
    if (!this.#faults || !this.shared) return exact;
    const lostShare = this.one([0, 0, 0.01, 0.05]);
    return this.one([
      exact,
      { ...exact, lostShare },
      { fromMs: 1, toMs: 80, slowShare: 0.05, slowMs: this.isLate ? 3000 : 300, lostShare },
      { fromMs: 1, toMs: 10, slowShare: 0.1, slowMs: this.isLate ? 6000 : 100, lostShare },
    ]);
  }

  news(): News {
    if (!this.#faults) return { mostMs: 5, lostShare: 0, repeatedShare: 0 };
    return { mostMs: this.one([5, 50, 3000]), lostShare: this.one([0, 0.2, 0.8]), repeatedShare: this.one([0, 0.5]) };
  }

  settings(): EngineSettings {
    const window = this.one([20_000, 20_000, 100, 40]);
    return {
      concurrency: this.one([1000, 20, 5]),
      concurrencyPerHost: this.one([500, 10]),
      ratePerHost: {},
      concurrencyPerWebhook: this.one([10, 10, 3]),
      window,
      windowPerWebhook: Math.min(window / 5, this.one([200, 200, 10, 4])),
      windowBytes: 1e9,
    };
  }

  subscription(at: number): Action {
    this.#webhooks += 1;
    const number = this.#webhooks;
    const slot = this.random.below(256).toString(16).padStart(2, '0');
    const id = `wh_${number}_${slot}`;
    const webhook = plainWebhook({
      id,
      organizationId,
      provider: providerId,
      url: `https://host${this.random.below(3)}.example/${number}`,
      events: [this.one([...eventTypes] as [string, ...string[]])],
      rateLimit: this.random.chance(0.4) ? { requests: this.between(1, 5), seconds: this.one([1, 2, 10]) } : null,
      retry: null,
      ordering: this.random.chance(0.3) ? 'fifo' : 'parallel',
      sealed: sealedFor(id),
    });
    return { kind: 'subscribe', at, webhook, manners: this.manners() };
  }

  manners(): Manners {
    const well = { fromMs: 1, toMs: 50, failing: 0, busy: 0, silent: 0 };
    if (!this.#faults) return well;
    return this.one<Manners>([
      well,
      { ...well, toMs: 2000 },
      { ...well, fromMs: 500, toMs: 4000 },
      { ...well, failing: 0.3 },
      { ...well, failing: 0.1, busy: 0.2 },
      { ...well, failing: 0.1, silent: 0.3 },
      { ...well, silent: 1 },
    ]);
  }

  action(): Action {
    const at = this.random.next() * this.lengthMs;
    const node = this.random.below(12);
    const webhook = this.random.below(12);
    const chance = this.random.next() * 100;
    if (chance < 60 || (!this.#faults && chance < 85)) return this.#publication(at, node);
    if (chance < 64) return this.subscription(at);
    if (chance < 70) return { kind: 'pause', at, node, webhook };
    if (chance < 76) return { kind: 'resume', at, node, webhook };
    if (chance < 78) return { kind: 'delete', at, node, webhook };
    if (chance < 83 || !this.#faults) return this.#ofNodes(at, node);
    return this.#fault(at, node);
  }

  #publication(at: number, node: number): Action {
    const count = this.random.chance(0.2) ? this.between(2, 15) : this.between(1, 2);
    const types = Array.from({ length: count }, () => this.random.oneOf(eventTypes) ?? '');
    return { kind: 'publish', at, node, types };
  }

  #ofNodes(at: number, node: number): Action {
    if (this.random.chance(0.5)) return { kind: 'start', at };
    return { kind: 'stop', at, node, graceMs: this.one([10_000, 10_000, 500]) };
  }

  #fault(at: number, node: number): Action {
    const forMs = this.random.next() * this.one([second, 5 * second, longMs]);
    const how = this.one(['refuse', 'hang'] as const);
    const chance = this.random.next();
    if (chance < 0.2 || !this.shared) return { kind: 'kill', at, node };
    if (chance < 0.45) return { kind: 'freeze', at, node, forMs, asleep: this.random.chance(0.3) };
    if (chance < 0.75) return { kind: 'cut off', at, node, forMs, how };
    if (chance < 0.88) return { kind: 'outage', at, forMs, how };
    const slowMs = this.isLate ? 12_000 : 500;
    const latency = { fromMs: 10, toMs: 300, slowShare: 0.2, slowMs, lostShare: 0.05 };
    return { kind: 'slow store', at, forMs, latency };
  }
}

/** Everything that happens by a seed. */
export function scheduleOf(seed: number): Schedule {
  const maker = new Maker(seed);
  const { shared, isLate, lengthMs } = maker;
  const subscriptions = Array.from({ length: maker.between(1, 6) }, () => maker.subscription(0));
  const actions = Array.from({ length: maker.between(5, 60) }, () => maker.action());
  return {
    seed,
    shared,
    nodes: shared ? maker.between(1, 4) : 1,
    settings: maker.settings(),
    isLate,
    latency: maker.latency(),
    news: maker.news(),
    connectMs: maker.one([0, 100, 3000]),
    actions: [...subscriptions, ...actions].sort((one, other) => one.at - other.at),
    lengthMs,
  };
}
