import type { Trace } from '../../api/resources.ts';

/** What became of an event, in one sentence, and the color that goes with it. */
export function summary(trace: readonly Trace[]): {
  readonly text: string;
  readonly color: 'green' | 'orange' | 'red' | 'gray';
} {
  const deliveries = trace.flatMap((each) => each.deliveries);
  if (deliveries.length === 0) {
    const why = trace.length === 0 ? 'There was no webhook.' : 'Below is what kept it from each.';
    return { text: `This event went to no webhook. ${why}`, color: 'gray' };
  }
  const count = (...statuses: readonly string[]) => deliveries.filter(({ status }) => statuses.includes(status)).length;
  const parts = [
    told(count('delivered'), 'delivered'),
    told(count('pending'), 'on its way or waiting for the next attempt'),
    told(count('held'), 'held, as the webhook is stopped'),
    told(count('exhausted'), 'given up after the last attempt failed'),
    told(count('discarded'), 'dropped'),
  ].filter((part) => part !== '');
  const webhooks = trace.filter(({ matched }) => matched).length;
  const text = `It went to ${webhooks} of ${trace.length} ${trace.length === 1 ? 'webhook' : 'webhooks'}: ${parts.join(', ')}.`;
  if (count('exhausted') > 0) return { text, color: 'red' };
  return { text, color: count('delivered') === deliveries.length ? 'green' : 'orange' };
}

function told(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}`;
}
