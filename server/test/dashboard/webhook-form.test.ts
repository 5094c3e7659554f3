import type { OperationOutput } from '@bellhop/shared';
import { builtInProviders, describeProvider } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { problemAt } from '../../dashboard/src/api/problems.ts';
import {
  asSaved,
  createBody,
  draftProblems,
  needsSaved,
  previewBody,
  trialBody,
  updateBody,
} from '../../dashboard/src/pages/webhooks/form/bodies.ts';
import type { Draft } from '../../dashboard/src/pages/webhooks/form/draft.ts';
import {
  draftOf,
  newDraft,
  noAuthentication,
  withFormat,
  withProvider,
} from '../../dashboard/src/pages/webhooks/form/draft.ts';
import { fieldPaths } from '../../dashboard/src/pages/webhooks/form/field-paths.ts';
import { withoutChanged } from '../../dashboard/src/pages/webhooks/form/fields.ts';
import { headerLines } from '../../dashboard/src/pages/webhooks/form/header-lines.ts';
import { describeSchedule, parseSchedule, scheduleText } from '../../dashboard/src/pages/webhooks/form/schedule.ts';

type Webhook = OperationOutput<'getWebhook'>;
type Described = OperationOutput<'listProviders'>['data'][number];

const providers: readonly Described[] = builtInProviders.map(describeProvider);
const one = find(({ webhooks }) => webhooks.eventTypes === 'one');
const unsigned = find(({ webhooks }) => webhooks.secret === 'never');
const optional = find(({ webhooks }) => webhooks.secret === 'optional');

function find(fits: (provider: Described) => boolean): Described {
  const provider = providers.find(fits);
  if (!provider) throw new Error('No built-in provider is like that any more.');
  return provider;
}

function typesOf({ events }: Described): string[] {
  return events.map(({ type }) => type);
}

const url = 'https://example.com/hooks';

function filled(provider: Described, changes: Partial<Draft> = {}): Draft {
  return { ...newDraft(provider), events: typesOf(provider).slice(0, 1), url, ...changes };
}

function webhookOf(provider: Described, changes: Partial<Webhook> = {}): Webhook {
  return {
    id: 'wh_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51',
    provider: provider.id,
    name: null,
    description: null,
    events: typesOf(provider).slice(0, 1),
    url,
    format: 'provider',
    authentication: { type: 'none' },
    headers: {},
    has_signing_secret: false,
    filter: null,
    rate_limit: null,
    retry: null,
    ordering: 'parallel',
    platform: 'custom',
    external_id: null,
    rest_hook: false,
    acknowledges: false,
    listener: false,
    status: 'active',
    status_reason: null,
    status_until: null,
    consecutive_failures: 0,
    warnings: [],
    created_at: '2026-01-15T09:30:00.000Z',
    updated_at: '2026-01-15T09:30:00.000Z',
    ...changes,
  };
}

describe('a new draft', () => {
  test('preselects the event type from the address, unless it is not in the catalogue', () => {
    const [, second = ''] = typesOf(one);
    expect(newDraft(one, second).events).toEqual([second]);
    expect(newDraft(one, 'no_such_event').events).toEqual([]);
  });

  test('for another provider keeps what is not specific to the first', () => {
    const draft = withProvider(filled(one, { name: 'CRM', secret: 'of the first one' }), unsigned);
    expect(draft).toMatchObject({ provider: unsigned.id, events: [], name: 'CRM', url, secret: '' });
  });

  test('switched to a format with one event type keeps the first', () => {
    const several = withFormat(filled(one), one, 'standard');
    const back = withFormat({ ...several, events: typesOf(one) }, one, 'provider');
    expect(back.events).toEqual(typesOf(one).slice(0, 1));
  });
});

describe('the create request', () => {
  test('leaves out defaults', () => {
    expect(createBody(filled(one), one)).toEqual({ provider: one.id, events: typesOf(one).slice(0, 1), url });
  });

  test('contains everything that was entered', () => {
    const draft = filled(optional, {
      enabled: false,
      url: ` ${url} `,
      name: ' CRM ',
      description: 'Of the sales team',
      format: 'standard',
      authentication: { ...noAuthentication, kind: 'basic', username: 'bob', password: 'p w' },
      headers: {
        kept: false,
        rows: [
          { id: 0, name: ' X-Team ', value: 'sales' },
          { id: 1, name: '', value: '' },
        ],
      },
      secret: 'whsec_mine',
      filter: ' score > 1 ',
      rateLimit: { requests: '5', seconds: '1' },
      ordering: 'fifo',
      retry: { kind: 'own', text: '5s, 5m' },
      platform: 'n8n',
    });
    expect(createBody(draft, optional)).toEqual({
      provider: optional.id,
      events: typesOf(optional).slice(0, 1),
      url,
      name: 'CRM',
      description: 'Of the sales team',
      format: 'standard',
      authentication: { type: 'basic', username: 'bob', password: 'p w' },
      headers: { 'X-Team': 'sales' },
      signing_secret: 'whsec_mine',
      filter: 'score > 1',
      rate_limit: { requests: 5, seconds: 1 },
      ordering: 'fifo',
      retry: { schedule: [5, 300] },
      platform: 'n8n',
      status: 'paused',
    });
  });

  test('has no secret if the field for it is hidden', () => {
    expect(createBody(filled(unsigned, { secret: 'left over' }), unsigned)).not.toHaveProperty('signing_secret');
    expect(createBody(filled(unsigned, { secret: 'mine', format: 'standard' }), unsigned)).toHaveProperty(
      'signing_secret',
      'mine',
    );
  });

  test('expresses no retries as an empty schedule', () => {
    const draft = filled(one, { retry: { kind: 'once', text: '5s' } });
    expect(createBody(draft, one).retry).toEqual({ schedule: [] });
  });

  test.each([
    ['api_key', { key: 'k' }, { type: 'api_key', key: 'k' }],
    ['bearer', { token: 't', key: 'left over' }, { type: 'bearer', token: 't' }],
  ] as const)('authenticates by %s', (kind, given, expected) => {
    const draft = filled(one, { authentication: { ...noAuthentication, kind, ...given } });
    expect(createBody(draft, one).authentication).toEqual(expected);
  });
});

describe('the update request', () => {
  const saved = webhookOf(unsigned, {
    name: 'CRM',
    authentication: { type: 'basic', username: 'bob' },
    headers: { 'X-Team': '********' },
    filter: 'score > 1',
    retry: { schedule: [5, 300] },
    rate_limit: { requests: 5, seconds: 1 },
  });

  test('is empty without changes, also for values that the server hides', () => {
    expect(updateBody(draftOf(saved), saved)).toEqual({});
    expect(updateBody(draftOf(webhookOf(one)), webhookOf(one))).toEqual({});
  });

  test('has the changed fields, null for cleared ones', () => {
    const draft: Draft = {
      ...draftOf(saved),
      name: '',
      filter: ' ',
      rateLimit: { requests: '', seconds: '' },
      retry: { kind: 'provider', text: '5s' },
      ordering: 'fifo',
    };
    expect(updateBody(draft, saved)).toEqual({
      name: null,
      filter: null,
      rate_limit: null,
      retry: null,
      ordering: 'fifo',
    });
  });

  test('replaces authentication and headers as a whole', () => {
    const before = draftOf(saved);
    const draft: Draft = {
      ...before,
      authentication: { ...before.authentication, kept: false, password: 'new' },
      headers: { kept: false, rows: [{ id: 0, name: 'X-Team', value: 'support' }] },
    };
    expect(updateBody(draft, saved)).toEqual({
      authentication: { type: 'basic', username: 'bob', password: 'new' },
      headers: { 'X-Team': 'support' },
    });
  });

  test('removes authentication and headers', () => {
    const draft: Draft = { ...draftOf(saved), authentication: noAuthentication, headers: { kept: false, rows: [] } };
    expect(updateBody(draft, saved)).toEqual({ authentication: { type: 'none' }, headers: {} });
  });

  test('a platform that was detected follows the URL, one that somebody chose stays', () => {
    const zapier = 'https://hooks.zapier.com/hooks/catch/1/a/';
    const moved = (saved: Webhook, to: string, changes: Partial<Draft> = {}) =>
      updateBody({ ...draftOf(saved), url: to, ...changes }, saved).platform;
    expect(moved(webhookOf(optional), zapier)).toBe('zapier');
    expect(moved(webhookOf(optional, { url: zapier, platform: 'zapier' }), url)).toBe('custom');
    expect(moved(webhookOf(optional, { platform: 'n8n' }), zapier)).toBeUndefined();
    expect(moved(webhookOf(optional), url, { platform: 'make' })).toBe('make');
  });

  test('cannot be tested before saving if it needs saved values', () => {
    expect(needsSaved(draftOf(saved), saved)).toBe(true);
    const signed = webhookOf(one, { has_signing_secret: true });
    expect(needsSaved(draftOf(signed), signed)).toBe(true);
    expect(needsSaved(filled(one), undefined)).toBe(false);
    expect(needsSaved(draftOf(webhookOf(unsigned)), webhookOf(unsigned))).toBe(false);
  });
});

describe('a preview', () => {
  const [event = ''] = typesOf(unsigned);

  test('contains only the request', () => {
    const draft = filled(unsigned, { name: 'CRM', filter: 'x > 1', url: '' });
    expect(previewBody(draft, unsigned, event)).toEqual({ provider: unsigned.id, event, format: 'provider' });
    expect(trialBody({ ...draft, url }, unsigned, event)).toMatchObject({ url });
  });

  test('shows placeholders for values that only the server knows', () => {
    const webhook = webhookOf(unsigned, {
      authentication: { type: 'basic', username: 'bob' },
      headers: { 'X-Team': '********' },
    });
    const body = previewBody(draftOf(webhook), unsigned, event);
    expect(body).toMatchObject({
      authentication: { type: 'basic', username: 'bob', password: asSaved },
      headers: { 'X-Team': asSaved },
    });
    const headers = { Authorization: `Basic ${btoa(`bob:${asSaved}`)}`, 'X-Team': asSaved, 'X-Odd': 'Basic %' };
    expect(headerLines(headers)).toBe(`Authorization: Basic ${asSaved}\nX-Team: ${asSaved}\nX-Odd: Basic %`);
  });
});

describe('problems of a draft', () => {
  test('are none for a complete draft', () => {
    expect(draftProblems(filled(one))).toEqual({});
  });

  test('are keyed by API field', () => {
    const draft: Draft = {
      ...newDraft(one),
      authentication: { ...noAuthentication, kind: 'bearer' },
      headers: {
        kept: false,
        rows: [
          { id: 0, name: 'X-A', value: '1' },
          { id: 1, name: 'X-A ', value: '2' },
          { id: 2, name: '', value: '3' },
        ],
      },
      rateLimit: { requests: '1.5', seconds: '' },
      retry: { kind: 'own', text: '5s, soon' },
    };
    expect(Object.keys(draftProblems(draft)).sort()).toEqual([
      'authentication.token',
      'events',
      'headers.',
      'headers.X-A',
      'rate_limit.requests',
      'rate_limit.seconds',
      'retry.schedule',
      'url',
    ]);
  });

  test('are found for a field and its parts, and cleared when it changes', () => {
    const problems = { 'events.1': 'Unknown.', url: 'Wrong.', event: 'Odd.' };
    expect(problemAt(problems, 'events')).toBe('Unknown.');
    expect(problemAt(problems, 'name')).toBeUndefined();
    expect(withoutChanged(problems, { events: [] })).toEqual({ url: 'Wrong.' });
  });
});

describe('a retry schedule', () => {
  test.each([
    ['5s, 5m, 2h', [5, 300, 7200]],
    ['30', [30]],
    ['1.5m;1d', [90, 86_400]],
    ['', []],
    ['0s', [0]],
  ])('is read from %j', (text, delays) => {
    expect(parseSchedule(text)).toEqual({ ok: true, delays });
  });

  test.each(['soon', '5x', '-5s', '8d', Array(21).fill('1s').join(' ')])('rejects %j', (text) => {
    expect(parseSchedule(text)).toMatchObject({ ok: false, problem: expect.stringMatching(/\.$/) });
  });

  test('round-trips through text', () => {
    const delays = [0, 5, 0.5, 90, 300, 7200, 86_400];
    expect(scheduleText(delays)).toBe('0s, 5s, 0.5s, 90s, 5m, 2h, 1d');
    expect(parseSchedule(scheduleText(delays))).toEqual({ ok: true, delays });
  });

  test('is described', () => {
    expect(describeSchedule([])).toBe('One attempt, no retries.');
    expect(describeSchedule([5])).toBe('Up to 2 attempts: immediately, then after 5 seconds.');
    expect(describeSchedule([1, 300, 7200])).toBe(
      'Up to 4 attempts: immediately, then after 1 second, 5 minutes and 2 hours.',
    );
  });
});

test('the fields of an event are listed as filter paths', () => {
  const data = { score: 1, caller: { phone: null }, items: [{ price: 1 }, { price: 2, 'odd name': 3 }], tags: ['a'] };
  expect(fieldPaths(data)).toEqual(['score', 'caller.phone', 'items[].price', 'items[]["odd name"]', 'tags[]']);
});
