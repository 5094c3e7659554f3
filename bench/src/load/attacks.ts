import { batchBody, eventType, providerId, publishBody } from './subject.ts';

/** One request, again and again. */
export interface Attack {
  readonly what: string;
  /** Who send it, each as soon as the last one is answered. */
  readonly senders: number;
  /** Milliseconds between two requests of a sender. Default: 0. */
  readonly pauseMs?: number;
  /** Default: none; nobody knows who it is. */
  readonly withKey?: boolean;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: () => string;
  /** Webhooks that the attacker has: how many, where, and with what filter. Default: none. */
  readonly webhooks?: { readonly count: number; readonly at: string; readonly filter?: string };
  /** What it publishes beforehand, and how often. */
  readonly before?: { readonly body: () => string; readonly times: number };
}

const digits = '1234567890123456';
const post = { method: 'POST', path: '/v1/events', withKey: true } as const;

/** About as large as an event may be: so many values, filled up with text. */
function largeEvent(values: number): string {
  const items = Array.from({ length: values / 2 }, (_, index) => ({ n: index }));
  const data = { ...JSON.parse(publishBody).data, items, padding: 'x'.repeat(900_000 - values * 6) };
  return JSON.stringify({ provider: providerId, type: eventType, data });
}

function unknownKeys(bytes: number): string {
  const keys = Array.from({ length: bytes / 12 }, (_, index) => `"k${index}":1`);
  return `{${keys.join(',')}}`;
}

const costlyFilter = Array.from({ length: 20 }, (_, index) => `items[].n == -${index + 1}`).join(' or ');

export const attacks: readonly Attack[] = [
  {
    what: '1 MB of digits to POST /v1/session, without credentials',
    ...{ senders: 4, method: 'POST', path: '/v1/session' },
    body: () => `{"api_key":[${Array(60_000).fill(digits).join(',')}]}`,
  },
  {
    what: '0.8 MB of unknown keys, without credentials',
    ...{ senders: 4, method: 'POST', path: '/v1/session' },
    body: () => unknownKeys(800_000),
  },
  { what: '0.8 MB of unknown keys, with a key', senders: 2, ...post, body: () => unknownKeys(800_000) },
  {
    what: 'batches of 15 MB of digits',
    senders: 1,
    ...{ ...post, path: '/v1/events/batch' },
    body: () => `{"events":[${Array(880_000).fill(digits).join(',')}]}`,
  },
  { what: 'batches of 1,000 events', senders: 2, ...post, path: '/v1/events/batch', body: () => batchBody(1000) },
  { what: 'batches of 100 events', senders: 4, ...post, path: '/v1/events/batch', body: () => batchBody(100) },
  { what: 'single events, 32 at a time', senders: 32, ...post, body: () => publishBody },
  {
    what: 'events of 0.9 MB to 20 webhooks',
    senders: 1,
    pauseMs: 500,
    ...post,
    body: () => largeEvent(10_000),
    webhooks: { count: 20, at: '/large' },
  },
  {
    what: 'events of 0.9 MB to 50 webhooks with costly filters',
    senders: 1,
    pauseMs: 200,
    ...post,
    body: () => largeEvent(18_000),
    webhooks: { count: 50, at: '/filtered', filter: costlyFilter },
  },
  {
    what: 'an event to 2,000 webhooks, each second',
    senders: 1,
    pauseMs: 1000,
    ...post,
    body: () => publishBody,
    webhooks: { count: 2000, at: '/wide' },
  },
  {
    what: '16 readers of pages of large events',
    senders: 16,
    ...{ method: 'GET', path: '/v1/events?limit=100', withKey: true },
    before: { body: () => largeEvent(10_000), times: 40 },
  },
  {
    what: '200 tries of a webhook that hangs',
    senders: 200,
    ...{ method: 'POST', path: '/v1/webhooks/try', withKey: true },
    body: () => JSON.stringify({ provider: providerId, event: eventType, url: '{receiver}/hang/try' }),
  },
  {
    what: '300 webhooks that hang',
    senders: 1,
    pauseMs: 200,
    ...post,
    body: () => publishBody,
    webhooks: { count: 300, at: '/hang' },
  },
];
