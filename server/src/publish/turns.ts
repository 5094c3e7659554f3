import type { PublishRequest, PublishResult } from '../store/contract/index.ts';

interface Waiting {
  readonly request: PublishRequest;
}

/** A request with more events has a transaction of its own. */
const fewEvents = 50;
/** Events per transaction: enough to share a commit, few enough that nobody waits long for the others. */
const mostEvents = 1000;
const leastEvents = 20;
/** Deliveries per transaction, about. */
const mostDeliveries = 2000;

/**
 * Chooses the requests of the next transaction. Organizations take turns, so that one that publishes a lot does not hold up
 * the others; large requests and small ones alternate.
 */
export class Turns {
  #afterLarge = false;
  #lastLarge = '';
  /** Deliveries per event, lately. */
  #perEvent = 1;

  /** Learns from a transaction how many deliveries events have. */
  note(requests: readonly PublishRequest[], results: readonly PublishResult[]): void {
    const events = requests.reduce((sum, request) => sum + request.events.length, 0);
    const matched = results.reduce((sum, result) => sum + (result.kind === 'stored' ? result.matched : 0), 0);
    this.#perEvent += (matched / Math.max(events, 1) - this.#perEvent) / 4;
  }

  /** Takes them out of the list. */
  take<T extends Waiting>(waiting: T[]): T[] {
    const small = waiting.filter((each) => !isLarge(each));
    const isSmall = small.length === waiting.length || (small.length > 0 && this.#afterLarge);
    this.#afterLarge = !isSmall;
    const taken = new Set(isSmall ? this.#ofEach(small) : this.#nextLarge(waiting.filter(isLarge)));
    const rest = waiting.filter((each) => !taken.has(each));
    waiting.splice(0, waiting.length, ...rest);
    return [...taken];
  }

  #nextLarge<T extends Waiting>(large: readonly T[]): T[] {
    const next = large.find(({ request }) => request.organizationId !== this.#lastLarge) ?? large[0];
    this.#lastLarge = next?.request.organizationId ?? '';
    return next ? [next] : [];
  }

  /** One request of each organization after another. */
  #ofEach<T extends Waiting>(small: readonly T[]): T[] {
    const most = Math.max(leastEvents, Math.min(mostEvents, mostDeliveries / Math.max(this.#perEvent, 1)));
    let queues = [...Map.groupBy(small, ({ request }) => request.organizationId).values()];
    const taken: T[] = [];
    let events = 0;
    for (let turn = 0; queues.length > 0; turn += 1) {
      for (const queue of queues) {
        const next = queue[turn];
        if (!next) continue;
        events += next.request.events.length;
        if (events > most && taken.length > 0) return taken;
        taken.push(next);
      }
      queues = queues.filter((queue) => queue.length > turn + 1);
    }
    return taken;
  }
}

function isLarge({ request }: Waiting): boolean {
  return request.events.length > fewEvents;
}
