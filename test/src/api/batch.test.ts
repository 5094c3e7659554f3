import type { Client } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { allOf } from '../harness/all-of.ts';
import { ApiStage, eventTypes, fieldsOf, problemOf } from './support.ts';

const stage = new ApiStage();

const [received] = eventTypes
  .filter(({ type }) => type === 'message.received')
  .map(({ provider, type, eventType }) => ({ provider: provider.id, type, data: eventType.sample }));
if (!received) throw new Error('Boltly has no message.received.');

type Batch = Parameters<Client['publishBatch']>[0]['body'];

function marked(mark: string, differences: object = {}): Batch['events'][number] {
  return { ...(received as NonNullable<typeof received>), ...differences, data: { ...received?.data, mark } };
}

/** The marks of what is stored, oldest first. */
async function stored(client: Client): Promise<unknown[]> {
  return (await client.listEvents({ query: { limit: 100 } })).data.map(({ data }) => data.mark).reverse();
}

/** Three valid events, and between them one of each kind that is not. */
function mixed(): Batch['events'] {
  return [
    marked('a'),
    marked('typo', { type: 'message.recieved' }),
    marked('b'),
    { provider: 'boltly', type: 'message.received', data: {} },
    { provider: 'boltly' } as Batch['events'][number],
    marked('late', { occurred_at: 'yesterday' }),
    marked('c'),
    'no event' as unknown as Batch['events'][number],
  ];
}

describe('a batch in which some events are wrong', () => {
  test('is refused whole, and each wrong event is named', async () => {
    const { client } = await stage.tenant();
    const problem = await problemOf(client.publishBatch({ body: { events: mixed() } }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    const named = new Set(Object.keys(fieldsOf(problem)).map((field) => field.split('.')[1]));
    expect([...named]).toEqual(['1', '3', '4', '5', '7']);
    expect(await stored(client)).toEqual([]);
  });

  test('with partial: the others are taken, and the answer says of each wrong one why', async () => {
    const { client } = await stage.tenant();
    const { ids, rejected } = await client.publishBatch({ body: { events: mixed(), partial: true } });
    expect(ids.map((id) => id !== null)).toEqual([true, false, true, false, false, false, true, false]);
    expect(rejected.map(({ index, code }) => [index, code])).toEqual(
      [1, 3, 4, 5, 7].map((index) => [index, 'invalid_input']),
    );
    expect(rejected[0]?.errors).toMatchObject([{ field: 'type', message: expect.stringContaining('use one of') }]);
    expect(rejected[3]?.errors).toMatchObject([{ field: 'occurred_at' }]);
    expect(await stored(client)).toEqual(['a', 'b', 'c']);
    const listed = (await client.listEvents()).data.map(({ id }) => id).reverse();
    expect(ids.filter((id) => id !== null)).toEqual(listed);
  });

  test('with partial, a number that would arrive as another rejects its event alone', async () => {
    const { client, apiKey } = await stage.tenant();
    const text = JSON.stringify({ events: [marked('a'), marked('big'), marked('c')], partial: true });
    const body = text.replace('"big"', '{"price":1.234567890123456789}');
    const { status, text: answer } = await stage.send({ method: 'POST', path: '/v1/events/batch', key: apiKey, body });
    expect(status).toBe(202);
    expect(JSON.parse(answer).rejected).toEqual([
      {
        index: 1,
        code: 'invalid_input',
        errors: [{ field: 'data.mark.price', message: expect.stringMatching(/send it as a string$/) }],
      },
    ]);
    expect(await stored(client)).toEqual(['a', 'c']);
    const whole = await stage.refusal({
      method: 'POST',
      path: '/v1/events/batch',
      key: apiKey,
      body: body.replace('true', 'false'),
    });
    expect(Object.keys(fieldsOf(whole))).toEqual(['events.1.data.mark.price']);
  });

  test('with partial and nothing valid, nothing is stored and no key is taken', async () => {
    const { client } = await stage.tenant();
    const headers = { 'idempotency-key': 'batch' };
    const events = [marked('x', { type: 'nope' })];
    const { ids, rejected } = await client.publishBatch({ headers, body: { events, partial: true } });
    expect({ ids, rejected: rejected.length }).toEqual({ ids: [null], rejected: 1 });
    await client.publishBatch({ headers, body: { events: [marked('x')], partial: true } });
    expect(await stored(client)).toEqual(['x']);
  });

  test('with partial and an Idempotency-Key, a repeat has the same answer, what was rejected included', async () => {
    const { client } = await stage.tenant();
    const request = { headers: { 'idempotency-key': 'batch' }, body: { events: mixed(), partial: true } };
    const first = await client.publishBatch(request);
    expect(await client.publishBatch(request)).toEqual(first);
    expect(await stored(client)).toEqual(['a', 'b', 'c']);
  });

  test('of 1,000, the first that are wrong are named, in a problem whose sentence is short', async () => {
    const { client } = await stage.tenant();
    const events = Array.from({ length: 1000 }, (_, index) => marked(String(index), index % 2 ? { type: 'nope' } : {}));
    const problem = await problemOf(client.publishBatch({ body: { events } }));
    expect(problem.errors).toHaveLength(100);
    expect(problem.detail).toContain('The first 100 of 500 errors are listed.');
    expect(problem.detail.length).toBeLessThan(500);
    const { rejected } = await client.publishBatch({ body: { events, partial: true } });
    expect(rejected).toHaveLength(500);
    expect(await stored(client)).toHaveLength(100);
  });
});

describe('events of a batch with keys of their own', () => {
  const keyed = (mark: string, idempotency_key: string) => marked(mark, { idempotency_key });

  test('are published once, in whichever batch they come again', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    await client.createWebhook({ body: { provider: 'boltly', events: ['message.received'], url: receiver.url() } });
    const first = allOf(await client.publishBatch({ body: { events: [keyed('a', '1'), keyed('b', '2')] } }));
    const second = allOf(
      await client.publishBatch({ body: { events: [keyed('c', '3'), keyed('b', '2'), keyed('a', '1')] } }),
    );
    expect(second.slice(1)).toEqual(first.toReversed());
    expect(await stored(client)).toEqual(['a', 'b', 'c']);
    const last = await client.publishEvent({ body: marked('d') });
    const got = (await receiver.atLeast(4)).map(({ json }) => json.id);
    expect(got.toSorted()).toEqual([...first, second[0], last.id].sort());
  });

  test('twice in one batch are one event', async () => {
    const { client } = await stage.tenant();
    const ids = allOf(
      await client.publishBatch({ body: { events: [keyed('a', '1'), keyed('b', '2'), keyed('a', '1')] } }),
    );
    expect(ids[2]).toBe(ids[0]);
    expect(await stored(client)).toEqual(['a', 'b']);
  });

  test('are the same event as one that was published alone with that key', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.publishEvent({ headers: { 'idempotency-key': '1' }, body: marked('a') });
    expect(allOf(await client.publishBatch({ body: { events: [keyed('a', '1')] } }))).toEqual([id]);
    const alone = client.publishEvent({ headers: { 'idempotency-key': '1' }, body: marked('other') });
    expect((await problemOf(alone)).code).toBe('idempotency_key_reused');
  });

  test('with a key of other content are refused by name; with partial they alone are', async () => {
    const { client } = await stage.tenant();
    const events = [keyed('a', '1'), keyed('b', '1'), marked('c')];
    const problem = await problemOf(client.publishBatch({ body: { events } }));
    expect(problem).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect(Object.keys(fieldsOf(problem))).toEqual(['events.1.idempotency_key']);
    expect(await stored(client)).toEqual([]);

    const { ids, rejected } = await client.publishBatch({ body: { events, partial: true } });
    expect(ids.map((id) => id !== null)).toEqual([true, false, true]);
    expect(rejected).toMatchObject([
      { index: 1, code: 'idempotency_key_reused', errors: [{ field: 'idempotency_key' }] },
    ]);
    expect(await stored(client)).toEqual(['a', 'c']);
  });

  test('that are derived from are repeated whole', async () => {
    const { client } = await stage.tenant();
    await client.putProviderSettings({ params: { provider: 'bolten' }, body: { won_stages: ['Won'] } });
    const data = eventTypes.find(({ type }) => type === 'opportunity.won')?.eventType.sample ?? {};
    const won = { provider: 'bolten', type: 'opportunity.won', data, idempotency_key: 'deal' };
    const first = allOf(await client.publishBatch({ body: { events: [won, marked('a')] } }));
    const again = allOf(await client.publishBatch({ body: { events: [marked('b'), won] } }));
    expect(again[1]).toBe(first[0]);
    expect((await client.listEvents()).data).toHaveLength(4);
  });

  test('at the same moment from ten publishers are one event each', async () => {
    const { client } = await stage.tenant();
    const events = Array.from({ length: 50 }, (_, index) => keyed(String(index), `key ${index}`));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        client.publishBatch({ body: { events: index % 2 ? events : events.toReversed() } }),
      ),
    );
    expect(new Set(answers.flatMap(allOf)).size).toBe(50);
    expect(await stored(client)).toHaveLength(50);
  });
});
