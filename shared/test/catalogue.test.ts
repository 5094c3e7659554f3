import { describe, expect, test } from 'vitest';
import {
  builtInProviders,
  Catalogue,
  describeProvider,
  operationalProvider,
  standardFormat,
  wireFormat,
} from '../src/index.ts';
import { eventTypesOf } from './support.ts';

const catalogue = new Catalogue();

test('knows the built-in providers, in their order, and Bellhop’s own events', () => {
  expect(catalogue.providers).toEqual([...builtInProviders, operationalProvider]);
});

test('Bellhop’s own events are in every catalogue and cannot be published', () => {
  const [first] = builtInProviders;
  if (!first) throw new Error('There is no provider.');
  const small = new Catalogue([first]);
  expect(small.providers).toEqual([first, operationalProvider]);
  expect(small.publishable).toEqual([first]);
  expect(small.provider(operationalProvider.id)).toBe(operationalProvider);
});

test('rejects a provider with the id of Bellhop’s own events', () => {
  const [first] = builtInProviders;
  if (!first) throw new Error('There is no provider.');
  expect(() => new Catalogue([{ ...first, id: operationalProvider.id }])).toThrow(`"${operationalProvider.id}"`);
});

describe('a lookup', () => {
  test.each(eventTypesOf(catalogue.providers))('finds $name', ({ provider, type, eventType }) => {
    expect(catalogue.provider(provider.id)).toBe(provider);
    expect(catalogue.eventType(provider.id, type)).toBe(eventType);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'no_such_thing'])(
    'finds no event type and no provider named "%s"',
    (name) => {
      expect(catalogue.provider(name)).toBeUndefined();
      for (const { id } of catalogue.providers) expect(catalogue.eventType(id, name)).toBeUndefined();
    },
  );

  test('finds no event type of another provider', () => {
    for (const { provider, type } of eventTypesOf(builtInProviders)) {
      const others = builtInProviders.filter(({ events }) => !Object.hasOwn(events, type));
      for (const { id } of others) expect(catalogue.eventType(id, type)).toBeUndefined();
      expect(others).not.toContain(provider);
    }
  });
});

test('rejects two providers with the same id, and names it', () => {
  const [first] = builtInProviders;
  if (!first) throw new Error('There is no provider.');
  expect(() => new Catalogue([...builtInProviders, { ...first }])).toThrow(
    new TypeError(`Two providers have the id "${first.id}". Give each provider a unique id.`),
  );
});

test('an operator’s own provider is added to the built-in ones', () => {
  const [first] = builtInProviders;
  if (!first) throw new Error('There is no provider.');
  const own = { ...first, id: 'own' };
  const both = new Catalogue([...builtInProviders, own]);
  expect(both.provider('own')).toBe(own);
  expect(both.providers).toEqual([...builtInProviders, own, operationalProvider]);
});

test('a webhook gets its provider’s own format or the standard one', () => {
  for (const provider of catalogue.providers) {
    expect(wireFormat(provider, 'provider')).toBe(provider);
    expect(wireFormat(provider, 'standard')).toBe(standardFormat);
  }
});

describe.each([...catalogue.providers])('the description of $id', (provider) => {
  const description = describeProvider(provider);

  test('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });

  test('has every event type with JSON Schema and sample', () => {
    expect(description.events.map(({ type }) => type)).toEqual(Object.keys(provider.events));
    for (const { type, schema, sample } of description.events) {
      expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
      expect(sample).toEqual(provider.events[type]?.sample);
    }
  });

  test('has the settings, if there are any', () => {
    expect(description.settings?.defaults).toEqual(provider.settings?.defaults);
    expect(description.settings === null).toBe(provider.settings === undefined);
  });
});
