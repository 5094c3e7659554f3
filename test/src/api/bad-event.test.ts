import type { Client, JsonObject, Problem } from '@bellhop/shared';
import { describeEventType, operationalProvider } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { ApiStage, eventTypes, fieldsOf, problemOf } from './support.ts';

const stage = new ApiStage();

type EventBody = Parameters<Client['publishEvent']>[0]['body'];

const received: EventBody = {
  provider: 'boltly',
  type: 'message.received',
  data: eventTypes.find(({ type }) => type === 'message.received')?.eventType.sample ?? {},
};

/** How an event is refused, alone and as the second of a batch; of neither anything is stored. */
async function refusal(body: Record<string, unknown>): Promise<Problem> {
  const { client } = await stage.tenant();
  const event = body as unknown as EventBody;
  const alone = await problemOf(client.publishEvent({ body: event }));
  const inBatch = await problemOf(client.publishBatch({ body: { events: [received, event, received] } }));
  expect(alone).toMatchObject({ status: 422, code: 'invalid_input' });
  expect(inBatch.errors).toEqual(alone.errors?.map(({ field, message }) => ({ field: `events.1.${field}`, message })));
  expect((await client.listEvents()).data).toEqual([]);
  return alone;
}

describe('POST /v1/events refuses, alone and in a batch, and stores nothing', () => {
  test.each<[string, Record<string, unknown>, string, RegExp]>([
    ['an unknown provider', { ...received, provider: 'acme' }, 'provider', /use one of boltcall, boltly, .*salpre$/],
    [
      'an unknown event type',
      { ...received, type: 'message.sung' },
      'type',
      /use one of message.received, message.sent/,
    ],
    ['a name that every object has', { ...received, type: '__proto__' }, 'type', /use one of/],
    ['an empty type', { ...received, type: '' }, 'type', /./],
    ['data that is a list', { ...received, data: [] }, 'data', /must be an object/],
    ['data that is null', { ...received, data: null }, 'data', /must be an object/],
    ['no data', { provider: 'boltly', type: 'message.received' }, 'data', /must be an object/],
    ['a time in words', { ...received, occurred_at: 'yesterday' }, 'occurred_at', /./],
    ['a time without a zone', { ...received, occurred_at: '2026-04-03T12:00:00' }, 'occurred_at', /Z or an offset/],
    ['a day that does not exist', { ...received, occurred_at: '2026-02-30T12:00:00Z' }, 'occurred_at', /./],
    ['a time as a number', { ...received, occurred_at: 1_775_217_600 }, 'occurred_at', /./],
    ['a year of five digits', { ...received, occurred_at: '9999-12-31T23:59:59-01:00' }, 'occurred_at', /years/],
    ['a year before the first', { ...received, occurred_at: '0000-01-01T00:00:00+01:00' }, 'occurred_at', /years/],
    ['a field that it does not have', { ...received, id: 'evt_1' }, 'id', /not a field/],
  ])('%s', async (_, body, field, says) => {
    expect(fieldsOf(await refusal(body))).toEqual({ [field]: expect.stringMatching(says) });
  });

  test.each(Object.entries(operationalProvider.events))('%s, which only Bellhop makes', async (type, { sample }) => {
    const { id } = operationalProvider;
    const problem = await refusal({ provider: id, type, data: sample });
    const says = `cannot be published: Bellhop creates ${id} events itself; use one of boltcall, `;
    expect(fieldsOf(problem)).toEqual({ provider: expect.stringContaining(says) });
    expect(fieldsOf(problem).provider).toMatch(/salpre$/);
  });

  test('an event that needs a setting first: the problem says which', async () => {
    const won = eventTypes.find(({ type }) => type === 'opportunity.won')?.eventType.sample;
    const problem = await refusal({ provider: 'bolten', type: 'opportunity.won', data: won });
    expect(fieldsOf(problem)).toEqual({ type: expect.stringContaining('set won_stages in the settings') });
  });

  const withRequired = eventTypes.flatMap(({ provider, type, eventType }) => {
    const { required = [] } = describeEventType(type, eventType).schema as { required?: string[] };
    const available = !eventType.unavailable?.(provider.settings?.defaults ?? {});
    return available ? required.map((field) => ({ provider: provider.id, type, field, sample: eventType.sample })) : [];
  });

  test('every event type has data that it needs', () => {
    const available = eventTypes.filter(
      ({ provider, eventType }) => !eventType.unavailable?.(provider.settings?.defaults ?? {}),
    );
    expect(new Set(withRequired.map(({ type }) => type))).toEqual(new Set(available.map(({ type }) => type)));
  });

  test.each(withRequired)('$provider $type without data.$field', async ({ provider, type, field, sample }) => {
    const { [field]: _, ...data } = sample;
    expect(Object.keys(fieldsOf(await refusal({ provider, type, data })))).toEqual([`data.${field}`]);
    const wrong: JsonObject = { ...sample, [field]: [['neither']] };
    const fields = Object.keys(fieldsOf(await refusal({ provider, type, data: wrong })));
    for (const each of fields) expect(each).toMatch(new RegExp(`^data\\.${field}(?:\\.|$)`));
  });
});

test('a time is kept to the millisecond, however its sender writes it', async () => {
  const { client } = await stage.tenant();
  const times = ['2026-04-03T12:00Z', '2026-04-03 14:00:00.1239+0200', '2026-04-03T13:00:00+01:00[Europe/Berlin]'];
  for (const occurred_at of times) await client.publishEvent({ body: { ...received, occurred_at } });
  await client.publishBatch({ body: { events: times.map((occurred_at) => ({ ...received, occurred_at })) } });
  const kept = (await client.listEvents()).data.map(({ occurred_at }) => occurred_at);
  const [first, second] = ['2026-04-03T12:00:00.000Z', '2026-04-03T12:00:00.123Z'];
  expect(kept).toEqual([first, second, first, first, second, first]);
  const since = '2026-01-01 00:00:00+00';
  expect(await client.replayDeliveries({ body: { since, until: '2026-01-01T00:00Z' } })).toMatchObject({
    selection: { since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:00:00.000Z' },
  });
});

describe('POST /v1/events/batch', () => {
  test.each([
    ['no events', []],
    ['1,001 events', Array(1001).fill(received)],
  ])('%s: 422, nothing stored', async (_, events) => {
    const { client } = await stage.tenant();
    const problem = await problemOf(client.publishBatch({ body: { events } }));
    expect(Object.keys(fieldsOf(problem))).toEqual(['events']);
    expect((await client.listEvents()).data).toEqual([]);
  });

  test('1,000 events are taken, each with an id of its own, in the order they were given', async () => {
    const { client } = await stage.tenant();
    const events = Array.from({ length: 1000 }, (_, index) => ({ ...received, data: { ...received.data, index } }));
    const { ids } = await client.publishBatch({ body: { events } });
    expect(new Set(ids).size).toBe(1000);
    const newest = await client.listEvents({ query: { limit: 3 } });
    expect(newest.data.map(({ id, data }) => [id, data.index])).toEqual([
      [ids[999], 999],
      [ids[998], 998],
      [ids[997], 997],
    ]);
  });
});
