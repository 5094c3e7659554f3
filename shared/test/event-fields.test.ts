import { describe, expect, test } from 'vitest';
import type { EventField } from '../src/index.ts';
import { Catalogue, describeEventType, eventFields, z } from '../src/index.ts';
import { eventTypesOf } from './support.ts';

/** `key: Label (type)`, one per line; the fields of an object are indented below it. */
function lines(fields: readonly EventField[], indent = ''): string[] {
  return fields.flatMap(({ key, label, type, list, fields: inner }) => [
    `${indent}${key}: ${label} (${type}${list ? ' list' : ''})`,
    ...lines(inner, `${indent}  `),
  ]);
}

function linesOf(schema: z.ZodType): string[] {
  return lines(eventFields(z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>));
}

describe('the fields of an event type', () => {
  test('have the keys, titles and types of the schema, in its order', () => {
    const schema = z.looseObject({
      call_id: z.string().meta({ title: 'Call ID' }),
      duration: z.number().nullish().meta({ title: 'Duration (Seconds)', description: 'Zero when missed.' }),
      rounds: z.int(),
      test: z.boolean().nullable(),
      day: z.string().nullish().meta({ title: 'Day', format: 'date' }),
      at: z.iso.datetime({ offset: true }).meta({ title: 'At' }),
    });
    expect(linesOf(schema)).toEqual([
      'call_id: Call ID (string)',
      'duration: Duration (Seconds) (number)',
      'rounds: Rounds (integer)',
      'test: Test (boolean)',
      'day: Day (date)',
      'at: At (datetime)',
    ]);
    const [, duration] = eventFields(z.toJSONSchema(schema) as Record<string, unknown>);
    expect(duration?.description).toBe('Zero when missed.');
  });

  test.each([
    ['caller_phone', 'Caller Phone'],
    ['callerPhone', 'Caller Phone'],
    ['recording_url', 'Recording URL'],
    ['id', 'ID'],
    ['line-2.name', 'Line 2 Name'],
  ])('%s without a title is labelled "%s"', (key, label) => {
    expect(linesOf(z.object({ [key]: z.string() }))).toEqual([`${key}: ${label} (string)`]);
  });

  test('of an object include its label, once', () => {
    const owner = z.object({ id: z.string().meta({ title: 'Owner ID' }), name: z.string() }).nullish();
    const deal = z.object({ title: z.string(), owner: owner.meta({ title: 'Owner' }) }).meta({ title: 'Deal' });
    expect(linesOf(z.object({ deal }))).toEqual([
      'deal: Deal (object)',
      '  title: Deal Title (string)',
      '  owner: Deal Owner (object)',
      '    id: Deal Owner ID (string)',
      '    name: Deal Owner Name (string)',
    ]);
  });

  test('can be lists, of values and of objects', () => {
    const items = z.array(z.object({ sku: z.string() })).nullish();
    expect(linesOf(z.object({ tags: z.array(z.string()).nullish(), items }))).toEqual([
      'tags: Tags (string list)',
      'items: Items (object list)',
      '  sku: Items Sku (string)',
    ]);
  });

  test('with alternatives have the common type, or any', () => {
    const schema = z.object({
      state: z.enum(['open', 'closed']),
      version: z.literal(2),
      either: z.union([z.iso.datetime(), z.null()]),
      mixed: z.union([z.string(), z.number()]),
      shapes: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]),
      whatever: z.unknown(),
    });
    expect(linesOf(schema).map((line) => line.replace(/.*\((.*)\)/, '$1'))).toEqual([
      'string',
      'number',
      'datetime',
      'any',
      'any',
      'any',
    ]);
  });

  test('an object with arbitrary keys has none', () => {
    expect(linesOf(z.object({ custom: z.record(z.string(), z.string()) }))).toEqual(['custom: Custom (object)']);
  });

  test('come from every part of an intersection and from references', () => {
    const both = z.object({ a: z.string() }).and(z.object({ b: z.int() }));
    expect(linesOf(z.object({ both }))).toEqual([
      'both: Both (object)',
      '  a: Both A (string)',
      '  b: Both B (integer)',
    ]);
    const schema = {
      properties: { x: { $ref: '#/$defs/a~1b' } },
      $defs: { 'a/b': { type: 'integer', title: 'Thing' } },
    };
    expect(lines(eventFields(schema))).toEqual(['x: Thing (integer)']);
  });

  test('are required or optional, nullable or not, also nested and in every part of an intersection', () => {
    const schema = z.looseObject({
      id: z.string(),
      note: z.string().optional(),
      name: z.string().nullish(),
      tags: z.array(z.string()).nullable(),
      state: z.enum(['open', 'closed']).nullable(),
      owner: z.object({ id: z.string(), email: z.string().optional() }).nullish(),
      both: z.object({ a: z.string() }).and(z.object({ b: z.string().optional(), c: z.null() })),
    });
    const told = (fields: readonly EventField[]): string[] =>
      fields.flatMap(({ key, required, nullable, fields: inner }) => [
        `${key}${required ? '' : '?'}${nullable ? ' or null' : ''}`,
        ...told(inner).map((each) => `${key}.${each}`),
      ]);
    expect(told(eventFields(z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>))).toEqual([
      'id',
      'note?',
      'name? or null',
      'tags or null',
      'state or null',
      'owner? or null',
      'owner.id',
      'owner.email?',
      'both',
      'both.a',
      'both.b?',
      'both.c or null',
    ]);
  });

  test('of a recursive schema are limited in depth', () => {
    const node = z.object({
      name: z.string(),
      get child() {
        return node.nullish();
      },
    });
    const found = linesOf(z.object({ node }));
    expect(found.length).toBeLessThan(20);
    expect(found.slice(0, 3)).toEqual([
      'node: Node (object)',
      '  name: Node Name (string)',
      '  child: Node Child (object)',
    ]);
  });

  test.each([{}, { properties: 7 }, { properties: { a: null } }, { $ref: '#/nowhere' }])(
    'of %j: no error',
    (schema) => {
      expect(() => eventFields(schema)).not.toThrow();
    },
  );
});

describe('the catalogue', () => {
  const types = eventTypesOf(new Catalogue().providers).map(({ name, type, eventType }) => ({ name, type, eventType }));

  test.each(types)('$name: every key of the sample is a field with a Title Case label', ({ type, eventType }) => {
    const fields = eventFields(describeEventType(type, eventType).schema);
    expect(fields.map(({ key }) => key)).toEqual(expect.arrayContaining(Object.keys(eventType.sample)));
    for (const line of lines(fields)) expect(line).toMatch(/: [A-Z(][^ ]*( [A-Z(0-9][^ ]*)* \((\w+)( list)?\)$/);
    expect(lines(fields).join('\n')).not.toMatch(/\(any\)/);
  });

  test('fields have natural labels', () => {
    const labels = types.flatMap(({ type, eventType }) =>
      lines(eventFields(describeEventType(type, eventType).schema)).map((line) => line.trim()),
    );
    expect(labels).toEqual(
      expect.arrayContaining([
        'caller_name: Caller Name (string)',
        'email: Opportunity Owner Email (string)',
        'id: Contact ID (string)',
        'body: Text Body (string)',
        'message: Transcript Message (string)',
        'code: Error Code (integer)',
      ]),
    );
  });
});
