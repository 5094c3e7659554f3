import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../src/index.ts';
import { builtInProviders, Catalogue, describeEventType, standardFormat, standardSample } from '../src/index.ts';
import type { JsonSchema } from './json-schema.ts';
import { hasValueAt, propertiesOf, typesOf, valueAt, withValueAt } from './json-schema.ts';
import { eventTypesOf, outgoing } from './support.ts';

/** Rules for every event type of every built-in provider, and for Bellhop's own. */
const eventTypes = eventTypesOf(new Catalogue().providers);

/** Unknown fields, with all characters that are easily lost in conversion. */
const unknownFields: JsonObject = JSON.parse(`{
  "__proto__": { "polluted": true },
  "constructor": { "prototype": null },
  "toJSON": "a text",
  "hasOwnProperty": 1,
  "emoji": "👩🏽‍🚀 é",
  "lone surrogate": "\\ud800",
  "line separators": "\\u2028\\u2029",
  "nul": "\\u0000",
  "": "empty key",
  "numbers": [0.1, 1e21, -1, 9007199254740991],
  "nothing": null,
  "nested": { "__proto__": [{ "__proto__": 1 }], "z": 1, "a": 2 }
}`);

test('there are 24 event types, and 6 of our own', () => {
  expect(eventTypes).toHaveLength(30);
  expect(builtInProviders.map(({ events }) => Object.keys(events).length)).toEqual([5, 5, 4, 4, 6]);
});

describe.each(eventTypes)('$name', ({ provider, type, eventType }) => {
  const { label, description, schema, sample } = eventType;
  const jsonSchema: JsonSchema = describeEventType(type, eventType).schema;
  const properties = propertiesOf(jsonSchema);
  const accepts = (data: JsonObject) => schema.safeParse(data).success;

  test('has a label in Title Case and a description in one sentence', () => {
    expect(label).toMatch(/^[A-Z][a-z]+(?: [A-Z][a-z]+)*$/);
    expect(description).toMatch(/^Triggers when [^.]+\.$/);
    expect(description).not.toContain(provider.name);
  });

  test('has a sample with every field of its schema, whose times carry a zone', () => {
    expect(schema.safeParse(sample).error).toBeUndefined();
    const missing = properties.filter(({ path }) => !hasValueAt(sample, path));
    expect(missing.map(({ path }) => path.join('.'))).toEqual([]);
    const times = JSON.stringify(sample).match(/"\d{4}-\d\d-\d\dT[^"]*"/g) ?? [];
    for (const time of times) expect(time).toMatch(/(?:Z|[+-]\d\d:\d\d)"$/);
  });

  test('has a human title for every field', () => {
    expect(properties).not.toEqual([]);
    for (const { path, schema: property } of properties) {
      expect([path.join('.'), property.title]).toEqual([
        path.join('.'),
        expect.stringMatching(/^[A-Z][A-Za-z]*(?: |$)/),
      ]);
    }
  });

  test('rejects a field of the wrong type', () => {
    for (const { path, schema: property } of properties) {
      if (valueAt(sample, path.slice(0, -1)) === undefined) continue;
      const wrong = typesOf(property).includes('string') ? 42 : 'a text';
      expect([path.join('.'), accepts(withValueAt(sample, path, wrong))]).toEqual([path.join('.'), false]);
    }
  });

  test('rejects data without a required field, and accepts it without any other', () => {
    const names = properties.filter(({ required }) => required).map(({ path }) => path.at(-1));
    expect(names.some((name) => /id$/.test(String(name)))).toBe(true);
    for (const { path, required } of properties) {
      if (valueAt(sample, path) === undefined) continue;
      if (path.at(-1) === sample.type) continue; // The content of a message, which is required by another rule.
      expect([path.join('.'), accepts(withValueAt(sample, path, undefined))]).toEqual([path.join('.'), !required]);
    }
  });

  test('passes unknown fields on unchanged, in both formats', () => {
    const data: JsonObject = { ...sample, ...unknownFields };
    expect(accepts(data)).toBe(true);
    for (const format of [provider, standardFormat]) {
      const body = JSON.stringify(format.envelope(outgoing(provider, { type, data })));
      const sent = Object.values(JSON.parse(body)).find((value) => Object.hasOwn(Object(value), 'toJSON'));
      expect(JSON.stringify(sent)).toBe(JSON.stringify(data));
      expect(Object.hasOwn(Object(sent), '__proto__')).toBe(true);
    }
  });

  test('has a body that equals its own parse-and-stringify, and is the same for every attempt', () => {
    const event = outgoing(provider, { type, data: { ...sample, ...unknownFields } });
    const body = JSON.stringify(provider.envelope(event));
    expect(JSON.stringify(JSON.parse(body))).toBe(body);
    expect(JSON.stringify(provider.envelope(event))).toBe(body);
    expect(Buffer.from(body).toString('utf8')).toBe(body);
  });

  test('names itself in both formats', () => {
    expect(Object.values(provider.envelope(outgoing(provider, { type })))).toContain(type);
    expect(standardFormat.envelope(outgoing(provider, { type }))).toMatchObject({ provider: provider.id, type });
  });
});

test('the standard format', () => {
  const [provider] = builtInProviders;
  if (!provider) throw new Error('There is no provider.');
  const event = outgoing(provider);
  expect(Object.entries(standardFormat.envelope(event))).toEqual([
    ['id', event.id],
    ['provider', provider.id],
    ['type', event.type],
    ['timestamp', '2025-10-10T08:21:45.678Z'],
    ['data', event.data],
  ]);
  const live = JSON.stringify(standardFormat.envelope({ ...event, test: false }));
  expect(JSON.stringify(standardFormat.envelope({ ...event, test: true }))).toBe(`${live.slice(0, -1)},"test":true}`);
  expect(live).not.toContain('"test"');
  const sample = standardSample(provider.id, event.type, event.data);
  expect(Object.keys(sample)).toEqual(Object.keys(JSON.parse(live)));
  expect(standardFormat.headers?.(event, 7)).toEqual({ 'webhook-id': event.id, 'webhook-timestamp': '7' });
});

describe('a WhatsApp message', () => {
  const boltly = builtInProviders.find(({ id }) => id === 'boltly');
  const received = Object.values(boltly?.events ?? {}).find(({ label }) => label === 'Message Received');
  const { text, ...withoutContent } = received?.sample ?? {};
  const check = (content: JsonObject) => received?.schema.safeParse({ ...withoutContent, ...content });

  test.each<[string, JsonObject]>([
    ['text', { type: 'text', text: text ?? null }],
    ['image', { type: 'image', image: { id: '1479537139650973', mime_type: 'image/jpeg', caption: 'The bumper' } }],
    ['contacts', { type: 'contacts', contacts: [{ name: { formatted_name: 'Jane Smith' } }] }],
    ['location', { type: 'location', location: { latitude: -23.55, longitude: -46.63 } }],
  ])('of the type %s holds its content under that key', (_, content) => {
    expect(check(content)?.error).toBeUndefined();
  });

  test.each<[string, { type: string } & JsonObject]>([
    ['missing', { type: 'image' }],
    ['under another key', { type: 'image', text: { body: 'Hi' } }],
    ['null', { type: 'image', image: null }],
    ['no object', { type: 'image', image: 'https://example.com/a.jpg' }],
    ['inherited', { type: '__proto__' }],
  ])('is refused when its content is %s', (_, content) => {
    expect(check(content)?.error?.issues).toEqual([
      expect.objectContaining({
        path: [content.type],
        message: `must be an object with the content of the message, because "type" is "${content.type}"`,
      }),
    ]);
  });
});
