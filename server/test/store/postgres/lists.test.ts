import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typeOf } from '../../../src/store/postgres/integers.ts';
import { delivered } from '../conformance/results.ts';
import { now, request, World } from '../conformance/world.ts';
import { openFreshPostgres } from './support.ts';

/** Lists go to PostgreSQL as arrays: what comes out of them must be what went in. */

let world: World;

beforeAll(async () => {
  // The largest events take a busy machine longer than a session may stand still otherwise.
  world = new World(await openFreshPostgres({ querySeconds: 60, leaseSeconds: 300 }));
  await world.clear();
});
afterAll(() => world.close());

test('every column is known by its type', async () => {
  const { rows } = await world.tables
    .selectFrom('information_schema.columns' as never)
    .select(['column_name', 'data_type', 'table_name'] as never[])
    .where('table_schema' as never, '=', 'public' as never)
    .where('table_name' as never, 'not like', 'kysely%' as never)
    .execute()
    .then((found) => ({ rows: found as { column_name: string; data_type: string; table_name: string }[] }));
  expect(rows.length).toBeGreaterThan(80);
  const wrong = rows.filter(
    ({ column_name: name, data_type: type }) => typeOf(name) !== (type === 'text' ? 'text' : 'bigint'),
  );
  expect(wrong).toEqual([]);
});

const awkward = [
  '',
  'NULL',
  'null',
  '{}',
  '{a,b}',
  '"',
  '\\',
  '\\"',
  '\\\\x41',
  "'; --",
  ',',
  ' a ',
  '\t\n\r',
  '$1',
  'é ü 😀 \u2028',
  '\u{10ffff}',
];

describe('text of any kind', () => {
  test('in rows', async () => {
    const webhook = await world.webhook();
    const events = awkward.map((text) => world.eventFor(webhook, { data: JSON.stringify(text) }));
    const { held } = await world.publish(events, { node: 'node' });
    await world.store.record(
      'node',
      held.map((work, index) => {
        const result = delivered(work);
        return { ...result, attempt: { ...result.attempt, error: awkward[index] ?? null } };
      }),
      now,
    );
    const stored = await world.tables.selectFrom('events').select('data').orderBy('id').execute();
    expect(stored.map(({ data }) => JSON.parse(data))).toEqual(awkward);
    const attempts = (await world.store.listAttempts(world.home, webhook.id, { limit: 100 })).items;
    expect(attempts.map(({ error }) => error).toSorted()).toEqual(awkward.toSorted());
  });

  test('what is half of a character, or none, as JSON has it', async () => {
    const webhook = await world.webhook();
    const texts = ['"\\ud800"', '"\\u0000"', '"\\ud83d\\ude00"', '"\\\\u0000"'];
    const { held } = await world.publish(texts.map((data) => world.eventFor(webhook, { data })));
    expect(held).toEqual([]);
    const rows = await world.tables
      .selectFrom('events')
      .select('data')
      .where('type', '=', webhook.events[0] ?? '');
    expect((await rows.orderBy('id').execute()).map(({ data }) => data)).toEqual(texts);
  });

  test('in lists of what is looked for', async () => {
    const rows = awkward.map((text) => ({ name: `name ${text}`, text }));
    await world.tables.insertInto('notes').values(rows).execute();
    const names = rows.map(({ name }) => name);
    const found = await world.tables.selectFrom('notes').selectAll().where('name', 'in', names).execute();
    expect(new Map(found.map(({ name, text }) => [name, text]))).toEqual(
      new Map(rows.map(({ name, text }) => [name, text])),
    );
  });

  test('as idempotency keys, which are told apart', async () => {
    const webhook = await world.webhook();
    const publish = () =>
      world.store.publish(
        awkward.map((key) => request([world.eventFor(webhook)], { idempotency: { key, hash: key }, answer: key })),
        { node: null, now },
      );
    expect((await publish()).map(({ kind }) => kind)).toEqual(awkward.map(() => 'stored'));
    expect(await publish()).toEqual(awkward.map((answer) => ({ kind: 'repeated', answer })));
  });
});

test('an empty list finds nothing', async () => {
  expect(await world.tables.selectFrom('notes').selectAll().where('name', 'in', []).execute()).toEqual([]);
  expect(await world.tables.selectFrom('lanes').selectAll().where('slot', 'in', []).execute()).toEqual([]);
});

test('numbers are found, and rows keep their nulls', async () => {
  const webhooks = [await world.webhookOfSlot(7), await world.webhookOfSlot(9)];
  const ids = webhooks.map(({ id }) => id);
  const lanes = world.tables.selectFrom('lanes').select(['webhook_id', 'due_at', 'left_at', 'slot']);
  const found = lanes.where('webhook_id', 'in', ids).where('slot', 'in', [7, 8, 9]).orderBy('slot');
  expect(await found.execute()).toEqual(
    ids.map((id, index) => ({ webhook_id: id, due_at: null, left_at: null, slot: 7 + index * 2 })),
  );
});

test('events as large as they may be go in several statements', async () => {
  const webhook = await world.webhook();
  const data = JSON.stringify('"'.repeat(1024 * 1024));
  const events = Array.from({ length: 9 }, () => world.eventFor(webhook, { data }));
  const { held } = await world.publish(events, { node: 'node' });
  expect(held).toHaveLength(9);
  const { work } = await world.store.fetch('node', { ids: held.map(({ delivery }) => delivery.id) });
  expect(work.every(({ event }) => event.data === data)).toBe(true);
});
