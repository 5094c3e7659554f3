import { defineProvider, type JsonObject, standardFormat, z } from '@bellhop/shared';
import { exampleFilter } from 'bellhop-zapier/example-filter';
import { outputOf } from 'bellhop-zapier/output';
import { describe, expect, test } from 'vitest';

/* What a Zap gets. */

function eventType(schema: z.ZodType, sample: JsonObject, label = 'New Thing') {
  const provider = defineProvider({
    id: 'acme',
    name: 'Acme',
    description: 'Things.',
    envelope: standardFormat.envelope,
    signature: null,
    events: { it: { label, description: 'Triggers when a thing is there.', schema, sample } },
  });
  return provider.events.it as NonNullable<(typeof provider.events)['it']>;
}

function event(data: JsonObject, type = 'it') {
  return { id: 'evt_1', provider: 'acme', type, timestamp: '2026-01-15T09:30:00.000Z', data };
}

const base = { id: 'evt_1', event_type: 'it', occurred_at: '2026-01-15T09:30:00.000Z', test: false };
const id = z.string().meta({ title: 'Thing ID' });

describe("a field that has the name of one of the event's own", () => {
  test('is named by its label', () => {
    const { of, fields } = outputOf({ it: eventType(z.object({ id }), { id: 't1' }) });
    expect(of(event({ id: 't1' }))).toEqual({ ...base, thing_id: 't1' });
    expect(fields.map(({ key, label }) => `${key}: ${label}`)).toContain('thing_id: Thing ID');
  });

  test('or as one of the data, where the label is taken as well', () => {
    const schema = z.object({ id, thing_id: z.string(), occurred_at: z.string() });
    const { of } = outputOf({ it: eventType(schema, { id: 'a', thing_id: 'b', occurred_at: 'c' }) });
    expect(of(event({ id: 'a', thing_id: 'b', occurred_at: 'c' }))).toEqual({
      ...base,
      data_id: 'a',
      thing_id: 'b',
      data_occurred_at: 'c',
    });
  });
});

test('a test says that it is one, and a live event that it is none', () => {
  const { of, ofSample, fields } = outputOf({ it: eventType(z.object({ test: z.string() }), { test: 'blood' }) });
  const live = of(event({ test: 'blood' }));
  expect(live).toEqual({ ...base, data_test: 'blood' });
  expect(of({ ...event({ test: 'blood' }), test: true })).toEqual({ ...live, test: true });
  expect(ofSample(event({ test: 'blood' }))).toEqual(live);
  expect(fields).toContainEqual({ key: 'test', label: 'Test Event', type: 'boolean' });
});

describe('fields', () => {
  const schema = z.looseObject({
    name: z.string().nullish(),
    owner: z.looseObject({ email: z.string().nullish() }).nullish(),
    lines: z
      .array(z.looseObject({ sku: z.string().nullish(), price: z.looseObject({ net: z.number() }).nullish() }))
      .nullish(),
    tags: z.array(z.string()).nullish(),
    custom: z.looseObject({}).nullish(),
    day: z.string().nullish().meta({ format: 'date' }),
    whatever: z.unknown(),
  });
  const sample = {
    ...{ name: 'Ann', owner: { email: 'a@example.com' }, lines: [{ sku: 's', price: { net: 1 } }], tags: ['x'] },
    ...{ custom: { mine: 1 }, day: '2026-01-15', whatever: 7 },
  };
  const output = outputOf({ it: eventType(schema, sample) });

  test('are listed by the keys that Zapier makes of them, with labels and types', () => {
    expect(output.fields.slice(4)).toEqual([
      { key: 'name', label: 'Name', type: 'string' },
      { key: 'owner__email', label: 'Owner Email', type: 'string' },
      { key: 'lines[]sku', label: 'Lines Sku', type: 'string' },
      { key: 'lines[]price__net', label: 'Lines Price Net', type: 'number' },
      { key: 'tags', label: 'Tags', type: 'string', list: true },
      { key: 'day', label: 'Day', type: 'string' },
      { key: 'whatever', label: 'Whatever' },
    ]);
  });

  test('are all present, even if the event lacks them', () => {
    const empty = { name: null, owner: { email: null }, lines: [], tags: [], custom: {}, day: null, whatever: null };
    expect(output.of(event({}))).toEqual({ ...base, ...empty });
    const nothing = { name: null, owner: null, lines: null, tags: null, custom: null, day: null, whatever: null };
    expect(output.of(event(nothing))).toEqual({ ...base, ...empty });
    expect(output.of(event({ lines: [{}, { sku: 'b', more: 1 }] }))).toMatchObject({
      lines: [
        { sku: null, price: { net: null } },
        { sku: 'b', price: { net: null }, more: 1 },
      ],
    });
  });

  test('keep values that are not what the schema says', () => {
    expect(output.of(event({ owner: 'me', lines: 'none', tags: [{ a: 1 }] }))).toMatchObject({
      owner: 'me',
      lines: 'none',
      tags: [{ a: 1 }],
    });
  });

  test('without documentation are passed on, but not part of a sample', () => {
    const given = { ...sample, extra: 1, owner: { email: null, phone: '1' } };
    expect(output.of(event(given))).toMatchObject({
      custom: { mine: 1 },
      extra: 1,
      owner: { email: null, phone: '1' },
    });
    const shown = output.ofSample(event(given));
    expect(shown).toMatchObject({ name: 'Ann', custom: {}, owner: { email: null } });
    expect(shown).not.toHaveProperty('extra');
    expect(shown.owner).not.toHaveProperty('phone');
  });

  test('can have names with a meaning in JavaScript', () => {
    const data = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2}') as JsonObject;
    const item = output.of(event(data));
    expect(JSON.parse(JSON.stringify(item))).toMatchObject({ constructor: 1, toString: 2 });
    expect(Object.hasOwn(item, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const { of } = outputOf({ it: eventType(z.object({ constructor: z.string().nullish() }), { constructor: 'x' }) });
    expect(of(event({}))).toEqual({ ...base, constructor: null });
  });
});

describe('of several event types', () => {
  const call = eventType(
    z.object({ id, from: z.string(), note: z.string().nullish() }),
    { id: 'c', from: '+1' },
    'Call Started',
  );
  const ended = eventType(
    z.object({ id: z.string().meta({ title: 'Thing ID' }), note: z.array(z.string()), length: z.int() }),
    { id: 'c', note: ['a'], length: 3 },
    'Call Ended',
  );
  const output = outputOf({ started: call, ended });

  test('every event has the fields of all', () => {
    const started = output.of(event({ id: 'c', from: '+1', note: 'hi' }, 'started'));
    const other = output.of(event({ id: 'c', note: ['a'], length: 3 }, 'ended'));
    expect(started).toMatchObject({ thing_id: 'c', from: '+1', note: 'hi', call_ended_note: [], length: null });
    expect(other).toMatchObject({ thing_id: 'c', from: null, note: null, call_ended_note: ['a'], length: 3 });
    expect(Object.keys(started)).toEqual(Object.keys(other));
  });

  test('one in another shape under the same key is named by its event type', () => {
    expect(output.fields.map(({ key, label }) => `${key}: ${label}`)).toEqual([
      ...['id: Event ID', 'event_type: Event Type', 'occurred_at: Occurred At', 'test: Test Event'],
      ...['thing_id: Thing ID', 'from: From', 'note: Note', 'call_ended_note: Call Ended Note', 'length: Length'],
    ]);
  });

  test('an unknown event type is passed on unchanged', () => {
    const item = output.of(event({ id: 'x', from: 'y', new: 1 }, 'later'));
    expect(item).toMatchObject({ id: 'evt_1', event_type: 'later', data_id: 'x', data_from: 'y', from: null, new: 1 });
  });
});

describe('the example of a filter', () => {
  test.each([
    [z.object({ id, name: z.string(), score: z.number() }), { id: 'x', name: 'Ann Lee', score: 8 }, 'score >= 8'],
    [
      z.object({ id, code: z.int(), name: z.string() }),
      { id: 'x', code: 7, name: 'Ann "A" Lee' },
      'name == "Ann \\"A\\" Lee"',
    ],
    [z.object({ name: z.string(), kind: z.string() }), { name: 'Ann Lee', kind: 'new' }, 'kind == "new"'],
    [z.object({ deal: z.object({ worth: z.number() }) }), { deal: { worth: 12.5 } }, 'deal.worth >= 12.5'],
    [z.object({ id }), { id: 'x' }, undefined],
    [z.object({ 'odd name': z.string(), list: z.array(z.string()) }), { 'odd name': 'x', list: ['a'] }, undefined],
  ])('%#', (schema, sample, filter) => {
    expect(exampleFilter('it', eventType(schema, sample))).toBe(filter);
  });
});
