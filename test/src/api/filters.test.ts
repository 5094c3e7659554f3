import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { ApiStage, eventTypes, fieldsOf, problemOf } from './support.ts';

const stage = new ApiStage();
const url = 'https://hooks.example.com/in';

describe('POST /v1/filters/test', () => {
  test('says of given data whether it matches, and why', async () => {
    const { client } = await stage.tenant();
    const ask = (filter: string) => client.testFilter({ body: { filter, data: { amount: 900, tags: ['vip'] } } });
    expect(await ask('amount >= 1000')).toEqual({
      matches: false,
      explanation: '`amount >= 1000` is false: amount is 900',
    });
    expect(await ask('amount >= 1000 or tags contains "vip"')).toEqual({
      matches: true,
      explanation: '`tags contains "vip"` is true: tags is a list of 1',
    });
  });

  test.each(eventTypes)('$provider.id $type: knows its sample', async ({ provider, type, eventType }) => {
    const { client } = await stage.tenant();
    const [field = ''] = Object.keys(eventType.sample);
    for (const [filter, matches] of [
      [`["${field}"] exists`, true],
      ['no_such_field exists', false],
    ] as const) {
      const body = { filter, provider: provider.id, event: type };
      expect(await client.testFilter({ body })).toMatchObject({ matches });
    }
  });

  test("sees the sample as the organization's settings let it leave", async () => {
    const { client } = await stage.tenant();
    const body = { filter: 'opportunity.title exists', provider: 'bolten', event: 'opportunity.created' };
    expect(await client.testFilter({ body })).toMatchObject({ matches: true });
    await client.putProviderSettings({
      params: { provider: 'bolten' },
      body: { opportunity_fields: ['id'], contact_fields: ['id'], won_stages: [], lost_stages: [] },
    });
    expect(await client.testFilter({ body })).toMatchObject({ matches: false });
  });

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ['a filter that is not in order', { filter: 'a = 1', data: {} }, 'filter', /must compare with == at character 3/],
    ['nothing to try it on', { filter: 'a == 1' }, 'data', /either data, or provider and event/],
    ['half of an event type', { filter: 'a == 1', provider: 'boltly' }, 'data', /either data, or provider and event/],
    [
      'data and an event type',
      { filter: 'a == 1', data: {}, provider: 'boltly', event: 'message.read' },
      'data',
      /either/,
    ],
    ['an unknown provider', { filter: 'a == 1', provider: 'acme', event: 'x' }, 'provider', /use one of boltcall/],
    ['an unknown event type', { filter: 'a == 1', provider: 'boltly', event: 'x' }, 'event', /use one of message/],
  ])('%s: 422 that says what to change', async (_, body, field, says) => {
    const { apiKey } = await stage.tenant();
    const request = { method: 'POST', path: '/v1/filters/test', key: apiKey, body: JSON.stringify(body) };
    const problem = await stage.refusal(request);
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringMatching(says) });
  });

  test('saves nothing', async () => {
    const { client } = await stage.tenant();
    await client.testFilter({ body: { filter: 'a == 1', provider: 'boltly', event: 'message.read' } });
    expect([(await client.listWebhooks()).data, (await client.listEvents()).data]).toEqual([[], []]);
  });
});

describe('the filter of a REST hook', () => {
  const hook = { provider: 'boltly', events: ['message.received'], target_url: url };
  const filter = 'type == "text"';

  async function subscribe({ client }: Tenant, given: { filter?: string | null }) {
    return client.subscribeHook({ body: { ...hook, ...given } });
  }

  test('is shown, and renewed by subscribing again, as the format is', async () => {
    const tenant = await stage.tenant();
    const first = await subscribe(tenant, { filter });
    expect(first.filter).toBe(filter);
    const other = await subscribe(tenant, { filter: 'type == "image"' });
    expect(other).toMatchObject({ id: first.id, filter: 'type == "image"', signing_secret: first.signing_secret });
    expect(await subscribe(tenant, {})).toMatchObject({ id: first.id, filter: null });
    await subscribe(tenant, { filter });
    expect(await subscribe(tenant, { filter: null })).toMatchObject({ id: first.id, filter: null });
  });

  test('is refused where it stands', async () => {
    const tenant = await stage.tenant();
    const problem = await problemOf(subscribe(tenant, { filter: 'type == text' }));
    expect(fieldsOf(problem)).toEqual({
      filter: 'expected a value after == at character 9; put text in quotes: "text"',
    });
    expect((await tenant.client.listWebhooks()).data).toEqual([]);
  });
});
