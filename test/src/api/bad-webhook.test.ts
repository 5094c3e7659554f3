import { builtInProviders } from '@bellhop/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RawRequest } from './support.ts';
import { ApiStage, fieldsOf } from './support.ts';
import type { World } from './world.ts';
import { leavesUnchanged, makeWorld } from './world.ts';

const stage = new ApiStage();

let world: World;
beforeAll(async () => {
  world = await makeWorld(stage);
});

type Fields = Record<string, unknown>;

const boltly = { provider: 'boltly', events: ['message.received'], url: 'https://hooks.example.com/in' };
const bolten = { ...boltly, provider: 'bolten', events: ['opportunity.created'] };
const boltcall = { ...boltly, provider: 'boltcall', events: ['new_lead'] };
const inboundflow = { ...boltly, provider: 'inboundflow', events: ['lead.created'] };

/** What is wrong, the fields that make it so, the field that the problem names, and what it says to do. */
type Case = readonly [what: string, fields: Fields, field: string, says: RegExp];

const headers = (given: Record<string, string>) => ({ ...boltly, headers: given });
const signed = (authentication: Fields) => ({ ...boltly, authentication });
const long = (length: number) => 'a'.repeat(length);

const wrongEvents: Case[] = [
  ['an unknown provider', { ...boltly, provider: 'acme' }, 'provider', /use one of boltcall, boltly, bolten/],
  ['an unknown event type', { ...boltly, events: ['message.sung'] }, 'events.0', /use one of message.received/],
  ["another provider's event type", { ...boltly, events: ['message.read', 'new_lead'] }, 'events.1', /use one of/],
  ['a name that every object has', { ...boltly, events: ['constructor'] }, 'events.0', /use one of/],
  ['no event type', { ...boltly, events: [] }, 'events', /./],
  ['the same event type twice', { ...boltly, events: ['message.read', 'message.read'] }, 'events', /twice/],
  [
    'two event types on a Boltcall webhook',
    { ...boltcall, events: ['new_lead', 'missed_call'] },
    'events',
    /exactly one event type.*a webhook for each, or choose the standard format/,
  ],
];

const wrongHeaders: Case[] = [
  ['a header with a line break', headers({ 'X-A': 'a\r\nX-B: b' }), 'headers.X-A', /line break.*Remove it/],
  ['a header with a bare LF', headers({ 'X-A': 'a\nb' }), 'headers.X-A', /line break/],
  ['a header with a NUL', headers({ 'X-A': 'a\0b' }), 'headers.X-A', /NUL/],
  ['a header name with a line break', headers({ 'X-A\r\nX-B': 'b' }), 'headers.X-A\r\nX-B', /letters, digits/],
  ['a header name with a space', headers({ 'X A': 'b' }), 'headers.X A', /letters, digits/],
  ['a header without a name', headers({ '': 'b' }), 'headers.', /needs a name/],
  ['a header with an umlaut', headers({ 'X-A': 'ü' }), 'headers.X-A', /visible ASCII/],
  ['a header of 5,000 characters', headers({ 'X-A': long(5000) }), 'headers.X-A', /Use a shorter one/],
  ['the stars that a header is shown as', headers({ 'X-A': '********' }), 'headers.X-A', /give the value itself/],
  ['the same header twice', headers({ 'X-A': '1', 'x-a': '2' }), 'headers.x-a', /twice/],
  [
    'a header that an object would lose',
    headers({ ['__proto__']: 'a' }),
    'headers.__proto__',
    /cannot be a header name/,
  ],
  ['21 headers', headers(Object.fromEntries([...Array(21).keys()].map((n) => [`X-${n}`, '']))), 'headers', /20/],
  [
    'a header that is the signature',
    headers({ 'x-webhook-signature': '1' }),
    'headers.x-webhook-signature',
    /set by Bellhop/,
  ],
  [
    'a header that is also the authentication',
    { ...headers({ authorization: 'x' }), authentication: { type: 'bearer', token: 't' } },
    'headers.authorization',
    /set by Bellhop/,
  ],
  ...[
    ...['Content-Length', 'Transfer-Encoding', 'transfer_encoding', 'Trailer', 'TE', 'Connection', 'Keep-Alive'],
    ...['Upgrade', 'Expect', 'Host', 'Content-Type', 'Content-Encoding', 'Proxy-Authorization', 'X-Forwarded-For'],
    ...['Forwarded', 'X-HTTP-Method-Override', 'Sec-WebSocket-Key'],
  ].map((name): Case => [`the header ${name}`, headers({ [name]: '1' }), `headers.${name}`, /Remove it|leave it out/]),
];

const wrongSecrets: Case[] = [
  ['a short secret', { ...boltly, signing_secret: 'short' }, 'signing_secret', /8 to 256/],
  ['a secret with a line break', { ...boltly, signing_secret: `${long(20)}\n` }, 'signing_secret', /printable/],
  [
    'no secret where requests are always signed',
    { ...boltly, signing_secret: null },
    'signing_secret',
    /cannot be removed/,
  ],
  [
    'a secret where nothing is signed',
    { ...bolten, signing_secret: long(32) },
    'signing_secret',
    /leave it out, or choose the standard format/,
  ],
  ['a short optional secret', { ...inboundflow, signing_secret: 'short' }, 'signing_secret', /8 to 256/],
  [
    'a secret that the standard format cannot use',
    { ...bolten, format: 'standard', signing_secret: long(32) },
    'signing_secret',
    /"whsec_" followed by the base64/,
  ],
  [
    'a user name with a colon',
    signed({ type: 'basic', username: 'a:b', password: 'c' }),
    'authentication.username',
    /":"/,
  ],
  ['basic without a password', signed({ type: 'basic', username: 'a' }), 'authentication.password', /./],
  ['a token with a line break', signed({ type: 'bearer', token: 'a\r\nb' }), 'authentication.token', /printable ASCII/],
  ['an API key with an umlaut', signed({ type: 'api_key', key: 'schlüssel' }), 'authentication.key', /printable ASCII/],
  ['an empty token', signed({ type: 'bearer', token: '' }), 'authentication.token', /./],
  ['an authentication that nobody knows', signed({ type: 'oauth' }), 'authentication.type', /./],
  ['a field too many', signed({ type: 'none', token: 't' }), 'authentication.token', /not a field/],
];

const wrongRest: Case[] = [
  ['a name of 201 characters', { ...boltly, name: long(201) }, 'name', /200/],
  ['a name with a line break', { ...boltly, name: 'a\nb' }, 'name', /control characters/],
  ['a description of 1,001 characters', { ...boltly, description: long(1001) }, 'description', /1000/],
  ['a rate of none', { ...boltly, rate_limit: { requests: 0, seconds: 1 } }, 'rate_limit.requests', />=1/],
  ['half of a rate', { ...boltly, rate_limit: { requests: 1 } }, 'rate_limit.seconds', /./],
  ['a retry in the past', { ...boltly, retry: { schedule: [-1] } }, 'retry.schedule.0', />=0/],
  ['a retry in 8 days', { ...boltly, retry: { schedule: [8 * 24 * 3600] } }, 'retry.schedule.0', /604800/],
  ['21 retries', { ...boltly, retry: { schedule: Array(21).fill(1) } }, 'retry.schedule', /20/],
  [
    'a filter without a value',
    { ...boltly, filter: 'status ==' },
    'filter',
    /^expected a value after == at character 10$/,
  ],
  ['a filter that is empty', { ...boltly, filter: '' }, 'filter', /expected a field such as status at character 1/],
  ['a filter of 1,001 characters', { ...boltly, filter: `a == "${long(994)}"` }, 'filter', /at most 1000 characters/],
  ['a format that nobody knows', { ...boltly, format: 'xml' }, 'format', /"provider"\|"standard"/],
  ['a platform that nobody knows', { ...boltly, platform: 'ifttt' }, 'platform', /"zapier"/],
];

describe('POST /v1/webhooks refuses, names the field, says what to change, and stores nothing', () => {
  test.each([...wrongEvents, ...wrongHeaders, ...wrongSecrets, ...wrongRest])('%s', async (_, body, field, says) => {
    const problem = await leavesUnchanged([world], () => refusalOf({ path: '/v1/webhooks', body }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringMatching(says) });
  });

  test('everything that is wrong at once, each under its name', async () => {
    const body = {
      ...boltcall,
      events: ['x', 'new_lead'],
      url: 'ftp://x',
      headers: { Host: 'x' },
      signing_secret: 'x',
    };
    const problem = await refusalOf({ path: '/v1/webhooks', body });
    expect(Object.keys(fieldsOf(problem))).toEqual(['events.0', 'events', 'url', 'headers.Host', 'signing_secret']);
  });
});

describe('the same rules hold', () => {
  const patchable = [...wrongEvents, ...wrongHeaders, ...wrongSecrets, ...wrongRest].filter(
    ([, { provider, ...rest }]) => provider === 'boltly' && !('platform' in rest),
  );

  test.each(patchable)('for PATCH /v1/webhooks/{id}: %s', async (_, { provider, ...body }, field, says) => {
    const request = { method: 'PATCH', path: `/v1/webhooks/${world.webhookId}`, body };
    const problem = await leavesUnchanged([world], () => refusalOf(request));
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringMatching(says) });
  });

  test('for PATCH of a Boltcall webhook: it cannot get a second event type, nor be in the standard format with two and leave it', async () => {
    const { client } = await stage.tenant();
    const events = builtInProviders.find(({ id }) => id === 'boltcall')?.events ?? {};
    const both = Object.keys(events).slice(0, 2);
    const { id } = await client.createWebhook({ body: { ...boltcall, format: 'standard', events: both } });
    await expect(client.updateWebhook({ params: { id }, body: { format: 'provider' } })).rejects.toMatchObject({
      problem: { errors: [{ field: 'events', message: expect.stringContaining('exactly one') }] },
    });
    expect(await client.getWebhook({ params: { id } })).toMatchObject({ format: 'standard', events: both });
  });

  const wrongFilters = wrongRest.filter(([, , field]) => field === 'filter');
  const wrongOwnSecrets = wrongSecrets.filter(([, { signing_secret }]) => signing_secret);
  const subscribable = [...wrongEvents, ...wrongOwnSecrets, ...wrongFilters];

  test.each(subscribable)('for POST /v1/hooks: %s', async (_, { url, ...body }, field, says) => {
    const request = { path: '/v1/hooks', body: { ...body, target_url: url } };
    const problem = await leavesUnchanged([world], () => refusalOf(request));
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringMatching(says) });
  });

  const previewable = [...wrongHeaders, ...wrongSecrets];

  test.each(previewable)('for POST /v1/webhooks/preview: %s', async (_, { events, ...body }, field, says) => {
    const [event] = events as string[];
    const problem = await refusalOf({ path: '/v1/webhooks/preview', body: { ...body, event } });
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringMatching(says) });
  });
});

describe('POST /v1/hooks', () => {
  test('takes one event or a list of them: neither or both is refused', async () => {
    const hook = { provider: 'boltly', target_url: boltly.url };
    for (const body of [hook, { ...hook, event: 'message.read', events: ['message.read'] }]) {
      const problem = await refusalOf({ path: '/v1/hooks', body });
      expect(problem.errors).toEqual([{ field: 'events', message: 'give either event or events' }]);
    }
  });

  test('calls the URL by the name that it has there', async () => {
    const body = { provider: 'boltly', event: 'message.read', target_url: 'nowhere' };
    const problem = await refusalOf({ path: '/v1/hooks', body });
    expect(fieldsOf(problem)).toEqual({ target_url: expect.stringContaining('This is not a URL.') });
  });
});

function refusalOf({ body, ...request }: { path: string; method?: string; body: Fields }) {
  const raw: RawRequest = { method: 'POST', key: world.tenant.apiKey, body: JSON.stringify(body), ...request };
  return stage.refusal(raw);
}
