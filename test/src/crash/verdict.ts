import type { Arrival, Inbox } from './inbox.ts';
import type { Acknowledged } from './publisher.ts';

/** What is wrong with what arrived; nothing, when all lists are empty. */
export interface Verdict {
  /** Different events that arrived, over all webhooks. */
  readonly arrived: number;
  /** Further copies of them. */
  readonly copies: number;
  /** Acknowledged events that a webhook that wants them never accepted. */
  readonly lost: readonly string[];
  /** What a webhook got that nobody published, or under another id than was acknowledged, or that it does not want. */
  readonly unknown: readonly string[];
  /** Events of which two copies differ. */
  readonly changed: readonly string[];
  /** Events that came to a webhook in order after a later one of the same publisher. */
  readonly disordered: readonly string[];
}

export interface Wanted {
  readonly inbox: Pick<Inbox, 'arrivals'>;
  readonly ordering: 'parallel' | 'fifo';
  /** What was acknowledged of the event types it subscribes to. */
  readonly events: readonly Acknowledged[];
}

export function judge(webhooks: readonly Wanted[]): Verdict {
  const all = webhooks.flatMap(({ inbox }) => [...inbox.arrivals.values()]);
  return {
    arrived: all.length,
    copies: all.reduce((sum, { copies }) => sum + copies - 1, 0),
    lost: webhooks.flatMap(lost),
    unknown: webhooks.flatMap(unknown),
    changed: all.filter(({ changed }) => changed).map(nameOf),
    disordered: webhooks.flatMap(({ inbox, ordering }) => (ordering === 'fifo' ? disordered(inbox) : [])),
  };
}

function lost({ inbox, events }: Wanted): string[] {
  return events.filter(({ id }) => !inbox.arrivals.get(id)?.accepted).map(nameOf);
}

function unknown({ inbox, events }: Wanted): string[] {
  const names = new Set(events.map(nameOf));
  return [...inbox.arrivals.values()].map(nameOf).filter((name) => !names.has(name));
}

function disordered({ arrivals }: Wanted['inbox']): string[] {
  const newest = new Map<number, number>();
  return [...arrivals.values()]
    .filter(({ publisher, sequence }) => {
      const before = newest.get(publisher) ?? -1;
      newest.set(publisher, Math.max(before, sequence));
      return sequence < before;
    })
    .map(nameOf);
}

function nameOf({ id, publisher, sequence }: Pick<Arrival, 'id' | 'publisher' | 'sequence'>): string {
  return `event ${sequence} of publisher ${publisher} (${id})`;
}
