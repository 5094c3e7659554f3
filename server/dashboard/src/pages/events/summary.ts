import type { Trace } from '../../api/resources.ts';

/** The state of an event's deliveries in one sentence, and its color. */
export function summary(trace: readonly Trace[]): {
  readonly text: string;
  readonly color: 'green' | 'orange' | 'red' | 'gray';
} {
  const deliveries = trace.flatMap((each) => each.deliveries);
  if (deliveries.length === 0) {
    const why = trace.length === 0 ? 'There were no webhooks.' : 'The reason for each webhook is below.';
    return { text: `This event was not sent to any webhook. ${why}`, color: 'gray' };
  }
  const count = (...statuses: readonly string[]) => deliveries.filter(({ status }) => statuses.includes(status)).length;
  const parts = [
    countText(count('delivered'), 'delivered'),
    countText(count('pending'), 'pending'),
    countText(count('held'), 'held by a paused or disabled webhook'),
    countText(count('exhausted'), 'exhausted after the last attempt failed'),
    countText(count('discarded'), 'discarded'),
  ].filter((part) => part !== '');
  const webhooks = trace.filter(({ matched }) => matched).length;
  const text = `Sent to ${webhooks} of ${trace.length} ${trace.length === 1 ? 'webhook' : 'webhooks'}: ${parts.join(', ')}.`;
  if (count('exhausted') > 0) return { text, color: 'red' };
  return { text, color: count('delivered') === deliveries.length ? 'green' : 'orange' };
}

function countText(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}`;
}
