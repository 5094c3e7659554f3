import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { ApiStage, eventTypes, problemOf } from './support.ts';

const clock = new ManualClock();
const stage = new ApiStage({ clock });

const [event] = eventTypes
  .filter(({ type }) => type === 'message.received')
  .map(({ provider, type, eventType }) => ({ provider: provider.id, type, data: eventType.sample }));
if (!event) throw new Error('Boltly has no message.received.');
const body = event;
const other = { ...event, data: { ...event.data, other: true } };

const headers = (key: string) => ({ 'idempotency-key': key });
const minute = 60_000;
const hour = 60 * minute;

describe('publishing again with the same Idempotency-Key', () => {
  test('and the same body answers with the same event, which is stored once, also minutes later', async () => {
    const { client } = await stage.tenant();
    const first = await client.publishEvent({ headers: headers('a'), body });
    clock.advance(5 * minute);
    expect(await client.publishEvent({ headers: headers('a'), body })).toEqual(first);
    expect((await client.listEvents()).data.map(({ id }) => id)).toEqual([first.id]);
  });

  test('sends it once', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    await client.createWebhook({ body: { provider: 'boltly', events: [body.type], url: receiver.url() } });
    const first = await client.publishEvent({ headers: headers('a'), body });
    await client.publishEvent({ headers: headers('a'), body });
    const last = await client.publishEvent({ body });
    const received = await receiver.atLeast(2);
    expect(new Set(received.map(({ json }) => json.id))).toEqual(new Set([first.id, last.id]));
    expect(received).toHaveLength(2);
  });

  test('at the same moment, ten times: one event, ten equal answers', async () => {
    const { client } = await stage.tenant();
    const calls = Array.from({ length: 10 }, () => client.publishEvent({ headers: headers('a'), body }));
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect((await client.listEvents()).data).toHaveLength(1);
  });

  test('holds for a batch, and for what a provider derives from an event', async () => {
    const { client } = await stage.tenant();
    const events = [body, other];
    const batch = await client.publishBatch({ headers: headers('batch'), body: { events } });
    clock.advance(minute);
    expect(await client.publishBatch({ headers: headers('batch'), body: { events } })).toEqual(batch);
    await client.putProviderSettings({ params: { provider: 'bolten' }, body: { won_stages: ['Won'] } });
    const won = eventTypes.find(({ type }) => type === 'opportunity.won')?.eventType.sample ?? {};
    const deal = { headers: headers('deal'), body: { provider: 'bolten', type: 'opportunity.won', data: won } };
    const published = await client.publishEvent(deal);
    expect(published.derived).toHaveLength(1);
    expect(await client.publishEvent(deal)).toEqual(published);
  });

  test.each([
    ['other data', other],
    ['another time', { ...body, occurred_at: '2026-04-03T12:00:00Z' }],
    ['another type', { ...body, type: 'message.read', data: { ...body.data, to: '+1234567890', status: 'read' } }],
  ])('and %s is refused: 422, nothing is stored', async (_, changed) => {
    const { client } = await stage.tenant();
    await client.publishEvent({ headers: headers('a'), body });
    const problem = await problemOf(client.publishEvent({ headers: headers('a'), body: changed }));
    expect(problem).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect(problem.detail).toContain('Use a new key');
    expect((await client.listEvents()).data).toHaveLength(1);
  });

  test('for a single event and for a batch of it is refused: the answers would differ', async () => {
    const { client } = await stage.tenant();
    await client.publishEvent({ headers: headers('a'), body });
    const problem = await problemOf(client.publishBatch({ headers: headers('a'), body: { events: [body] } }));
    expect(problem.code).toBe('idempotency_key_reused');
  });

  test('after a refused event is fine: a refusal takes no key', async () => {
    const { client } = await stage.tenant();
    await problemOf(client.publishEvent({ headers: headers('a'), body: { ...body, data: {} } }));
    await client.publishEvent({ headers: headers('a'), body });
  });

  test("is each organization's own matter", async () => {
    const [one, two] = [await stage.tenant(), await stage.tenant()];
    const first = await one.client.publishEvent({ headers: headers('a'), body });
    const second = await two.client.publishEvent({ headers: headers('a'), body: other });
    expect(first.id).not.toBe(second.id);
  });

  test('more than a day later is a new event', async () => {
    const { client } = await stage.tenant();
    const first = await client.publishEvent({ headers: headers('a'), body });
    clock.advance(26 * hour);
    // Old keys are cleared away by and by.
    const later = await eventually(
      () => {
        clock.advance(minute);
        return client.publishEvent({ headers: headers('a'), body: other }).catch(() => undefined);
      },
      (published) => published !== undefined,
    );
    expect(later?.id).not.toBe(first.id);
  });
});

describe('the same JSON in another order', () => {
  const reordered = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(reordered);
    const entries = Object.entries(value).map(([key, each]) => [key, reordered(each)]);
    return Object.fromEntries(entries.reverse());
  };
  const deep = { ...body, data: { ...body.data, cart: [{ sku: 'a', price: { net: 1, gross: 2 } }], '10': 1, b: 2 } };

  test('is the same event, the same batch and the same webhook', async () => {
    const { client } = await stage.tenant();
    const flipped = reordered(deep) as typeof deep;
    expect(JSON.stringify(flipped)).not.toBe(JSON.stringify(deep));
    const event = await client.publishEvent({ headers: headers('event'), body: deep });
    expect(await client.publishEvent({ headers: headers('event'), body: flipped })).toEqual(event);
    const batch = await client.publishBatch({ headers: headers('batch'), body: { events: [deep, body] } });
    const again = { events: [flipped, body] };
    expect(await client.publishBatch({ headers: headers('batch'), body: again })).toEqual(batch);
    const webhook = { provider: 'boltly', events: [body.type], url: 'https://example.com/', retry: { schedule: [1] } };
    const created = await client.createWebhook({ headers: headers('webhook'), body: webhook });
    const repeated = { headers: headers('webhook'), body: reordered(webhook) as typeof webhook };
    expect(await client.createWebhook(repeated)).toEqual(created);
  });

  test('of a list is another event', async () => {
    const { client } = await stage.tenant();
    const listed = (list: string[]) => ({ ...body, data: { ...body.data, list } });
    await client.publishEvent({ headers: headers('a'), body: listed(['a', 'b']) });
    const other = client.publishEvent({ headers: headers('a'), body: listed(['b', 'a']) });
    expect((await problemOf(other)).code).toBe('idempotency_key_reused');
  });
});

describe('creating a webhook again with the same Idempotency-Key', () => {
  const webhook = { provider: 'boltly', events: [body.type], url: 'https://example.com/in', name: 'CRM' };

  test('as a double click does: one webhook, and the same answer with the same secret', async () => {
    const { client } = await stage.tenant();
    const clicks = Array.from({ length: 5 }, () => client.createWebhook({ headers: headers('click'), body: webhook }));
    const [first, ...others] = await Promise.all(clicks);
    for (const other of others) expect(other).toEqual(first);
    expect(first?.signing_secret).toMatch(/^whsec_/);
    expect((await client.listWebhooks()).data).toHaveLength(1);
  });

  test('answers with the webhook as it is by now', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ headers: headers('a'), body: webhook });
    await client.updateWebhook({ params: { id }, body: { name: 'renamed' } });
    const { signing_secret } = await client.rotateWebhookSecret({ params: { id } });
    const again = await client.createWebhook({ headers: headers('a'), body: webhook });
    expect(again).toMatchObject({ id, name: 'renamed', signing_secret });
  });

  test('and another body is refused: 422, and nothing is created', async () => {
    const { client } = await stage.tenant();
    await client.createWebhook({ headers: headers('a'), body: webhook });
    const changed = { ...webhook, authentication: { type: 'bearer' as const, token: 'other' } };
    const problem = await problemOf(client.createWebhook({ headers: headers('a'), body: changed }));
    expect(problem).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await client.listWebhooks()).data).toHaveLength(1);
  });

  test('after it was deleted says so, and does not bring it back', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ headers: headers('a'), body: webhook });
    await client.deleteWebhook({ params: { id } });
    const problem = await problemOf(client.createWebhook({ headers: headers('a'), body: webhook }));
    expect(problem).toMatchObject({ status: 409, detail: expect.stringContaining('was deleted') });
    expect((await client.listWebhooks()).data).toEqual([]);
  });

  test('after a refused one is fine: a refusal takes no key', async () => {
    const { client } = await stage.tenant();
    await problemOf(client.createWebhook({ headers: headers('a'), body: { ...webhook, events: ['nope'] } }));
    await client.createWebhook({ headers: headers('a'), body: webhook });
  });
});

describe('an Idempotency-Key', () => {
  test.each([
    ['of 256 characters', 'a'.repeat(256)],
    ['that is empty', ''],
  ])('%s is refused: 422 that names the header', async (_, key) => {
    const { client } = await stage.tenant();
    const problem = await problemOf(client.publishEvent({ headers: headers(key), body }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input', errors: [{ field: 'idempotency-key' }] });
    expect((await client.listEvents()).data).toEqual([]);
  });
});
