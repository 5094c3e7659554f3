import { describe, expect, test } from 'vitest';
import type { JsonObject, KnownData } from '../src/index.ts';
import {
  builtInProviders,
  describeEventType,
  eventFields,
  operationalProvider,
  parseFilter,
  unknownFields,
  z,
} from '../src/index.ts';

function fieldsOf(schema: z.ZodType, sample: JsonObject = {}): KnownData {
  const eventType = { label: 'Lead', description: 'Triggers when.', sample, schema };
  return { fields: eventFields(describeEventType('lead', eventType).schema), sample };
}

const lead = fieldsOf(
  z.looseObject({
    score: z.number(),
    caller_phone: z.string().optional(),
    caller: z.looseObject({ email: z.string().nullable() }).nullable(),
    items: z.array(z.looseObject({ price: z.number() })),
    custom: z.record(z.string(), z.unknown()),
    anything: z.unknown(),
    empty: z.looseObject({}),
  }),
);
const review = fieldsOf(z.looseObject({ rating: z.number() }));

function unknown(filter: string, types = [lead]) {
  const parsed = parseFilter(filter);
  if (!parsed.ok) throw new Error(parsed.problem);
  return unknownFields(parsed.filter, types);
}

describe('a filter on a field that no event type has', () => {
  test.each([
    ['scroe >= 10', 'scroe', 'score'],
    ['Score >= 10', 'Score', 'score'],
    ['callerPhone exists', 'callerPhone', 'caller_phone'],
    ['not (score > 1 and caller.emial == "a")', 'caller.emial', 'caller.email'],
    ['items[].prize > 1 or score > 1', 'items[].prize', 'items[].price'],
    ['items[0].prcie > 1', 'items[0].prcie', 'items[0].price'],
    ['zzz in [1, 2]', 'zzz', undefined],
    ['["some thing"].x exists', '["some thing"].x', undefined],
  ])('%s', (filter, path, nearest) => {
    expect(unknown(filter)).toEqual([{ path, nearest }]);
  });

  test('is told of once, and each for itself', () => {
    expect(unknown('scroe > 1 and scroe < 9 and foo == 1').map(({ path }) => path)).toEqual(['scroe', 'foo']);
  });

  test('is not told of where one of several has it, or may have it', () => {
    expect(unknown('rating > 1', [lead, review])).toEqual([]);
    expect(unknown('ratign > 1', [lead, review])).toEqual([{ path: 'ratign', nearest: 'rating' }]);
    expect(unknown('scroe > 1', [lead, fieldsOf(z.looseObject({}))])).toEqual([]);
    expect(unknown('scroe > 1', [])).toEqual([]);
  });

  test.each(['custom.region == "North"', 'anything.x.y exists', 'empty.x exists', 'score.x exists'])(
    '%s may be there',
    (filter) => {
      expect(unknown(filter)).toEqual([]);
    },
  );

  test('of the longest names takes no time', () => {
    const long = 'x'.repeat(900);
    expect(unknown(`${long} exists`, [fieldsOf(z.looseObject({ [`${long}y`]: z.string() }))])[0]?.nearest).toBe(
      `${long}y`,
    );
  });

  test('is not told of where the sample has it, though the schema does not list it', () => {
    const either = z.looseObject({ a: z.string() }).and(z.union([z.looseObject({ b: z.string() }), z.looseObject({})]));
    expect(unknown('b exists', [fieldsOf(either, { a: 'x', b: null })])).toEqual([]);
  });

  const eventTypes = [...builtInProviders, operationalProvider].flatMap(({ id, events }) =>
    Object.entries(events).map(([type, eventType]) => ({ name: `${id} ${type}`, eventType })),
  );

  test.each(eventTypes)(
    '$name: every field that its schema lists is known, and a misspelt one is not',
    ({ eventType }) => {
      const known = fieldsOf(eventType.schema, eventType.sample);
      for (const { key, fields } of known.fields) {
        expect(unknown(`["${key}"] exists`, [{ ...known, sample: {} }])).toEqual([]);
        for (const inner of fields)
          expect(unknown(`["${key}"]["${inner.key}"] exists`, [{ ...known, sample: {} }])).toEqual([]);
        expect(unknown(`["${key}_x"] exists`, [known])).toMatchObject([{ nearest: expect.any(String) }]);
      }
    },
  );
});
