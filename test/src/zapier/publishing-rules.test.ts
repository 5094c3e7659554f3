import { Catalogue } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { eventTypes } from '../api/support.ts';
import type { DefinedTrigger, Definition } from './definition.ts';
import { flattened, triggerKey } from './definition.ts';
import { valueViolations, violations } from './publishing-rules.ts';
import { ZapierStage } from './stage.ts';

const stage = new ZapierStage();
const names = new Catalogue().providers.map(({ name }) => name);
const definition = () => stage.app.command<Definition>('definition');

test("the app breaks none of Zapier's rules", async () => {
  const app = await definition();
  expect(Object.keys(app.triggers).length).toBeGreaterThanOrEqual(24);
  expect(violations(app, names)).toEqual([]);
});

test('triggers of several products are told apart by their labels', async () => {
  const labels = Object.values((await definition()).triggers).map(({ display }) => display.label);
  expect(new Set(labels).size).toBe(labels.length);
  expect(labels).toEqual(
    expect.arrayContaining(['New Lead', 'Call Completed in Boltcall', 'Call Completed in InboundFlow']),
  );
});

describe('the rules notice', () => {
  type Change = (app: Definition, trigger: DefinedTrigger) => unknown;
  const changes: [string, Change, string][] = [
    ['a label in lower case', (_, trigger) => set(trigger.display, { label: 'New lead' }), 'D018'],
    [
      'a description of another form',
      (_, trigger) => set(trigger.display, { description: 'When a lead comes in' }),
      'D021',
    ],
    [
      'a description that names the app',
      (_, { display }) => set(display, { description: 'Triggers when Bellhop has a lead.' }),
      'name the app',
    ],
    ['a noun in the plural', (_, trigger) => set(trigger, { noun: 'Leads' }), 'singular'],
    ['a key that is a number', (_, trigger) => set(trigger, { key: 'trigger1' }), 'the key'],
    ['a static hook', (_, { operation }) => set(operation, { performSubscribe: undefined }), 'D017'],
    ['no list to test with', (_, { operation }) => set(operation, { performList: undefined }), 'D006'],
    ['an empty sample', (_, { operation }) => set(operation, { sample: {} }), 'D012'],
    ['a sample without an id', (_, { operation }) => set(operation.sample, { id: undefined }), 'D010'],
    ['a sample with a field of no label', (_, { operation }) => set(operation.sample, { surprise: 1 }), 'D024'],
    ['a sample that lacks a field', (_, { operation }) => set(operation, { sample: { id: 'evt_1' } }), 'D024'],
    ['a value of another type', (_, { operation }) => set(operation.sample, { score: '85' }), 'D024'],
    ['a time without a zone', (_, { operation }) => set(operation.sample, { name: '2026-01-15T09:30:00' }), 'D023'],
    ['a date by hand', (_, { operation }) => set(operation.sample, { name: '01 Aug 2023' }), 'D023'],
    ['an API key asked for in a trigger', (_, { operation }) => ask(operation, { key: 'api_key' }), 'D001'],
    ['an id to be typed', (_, { operation }) => ask(operation, { label: 'Lead ID' }), 'D004'],
    ['help that says nothing', (_, { operation }) => ask(operation, { helpText: 'filter' }), 'D011'],
    ['a broken link', (_, { operation }) => ask(operation, { helpText: 'See [Google(https://google.com)' }), 'D008'],
    ['a bare link', (_, { operation }) => ask(operation, { helpText: 'See https://google.com' }), 'D008'],
    [
      'an API key without a link',
      (app) => set(app.authentication.fields.at(-1) ?? {}, { helpText: 'In the settings.' }),
      'D002',
    ],
    ['an API key in the open', (app) => set(app.authentication.fields.at(-1) ?? {}, { type: 'string' }), 'D001'],
    ['no connection label', (app) => set(app.authentication, { connectionLabel: '' }), 'D003'],
    ['a connection label with the key', (app) => set(app.authentication, { connectionLabel: '{{api_key}}' }), '5.6'],
    [
      'a connection label with words',
      (app) => set(app.authentication, { connectionLabel: 'Connected to {{x}}' }),
      '5.6',
    ],
  ];

  test.each(changes)('%s', async (_, change, rule) => {
    const app = structuredClone(await definition());
    const trigger = app.triggers.boltcall_new_lead;
    if (!trigger) throw new Error('There is no such trigger.');
    change(app, trigger);
    expect(violations(app, names).join('\n')).toContain(rule);
  });

  function set(object: object, change: object): void {
    Object.assign(object, change);
  }

  function ask({ inputFields }: DefinedTrigger['operation'], change: object): void {
    set(inputFields[0] ?? {}, change);
  }
});

describe('live data', () => {
  const cases = eventTypes.map(({ provider, type, eventType }) => ({
    ...{ provider: provider.id, type, eventType },
    key: triggerKey(provider.id, type),
  }));

  /** What the fields are that a customer made up; a sample cannot have them, and no two customers have the same. */
  const madeUp = /custom_fields/;

  test.each(cases)(
    '$key: what was listed or shown as a sample comes with every event',
    async ({ key, provider, type, eventType }) => {
      const tenant = await stage.customer();
      const zap = await stage.zap(key, tenant);
      await zap.turnOn();
      const trigger = (await definition()).triggers[key];
      const listed = [trigger?.operation.sample, ...(await zap.samples())];
      const smallest = smallestOf(eventType.sample, (data) => eventType.schema.safeParse(data).success);
      for (const [index, data] of [eventType.sample, smallest].entries()) {
        await tenant.client.publishEvent({ body: { provider, type, data } });
        const live = flattened(await zap.run(index));
        listed.push(...(await zap.samples()));
        for (const item of listed) {
          // Lines of a list that is empty have no keys.
          const keys = [...flattened(item).keys()].filter((name) => !name.includes('[]') && !madeUp.test(name));
          expect([...live.keys()]).toEqual(expect.arrayContaining(keys));
        }
        const fields = new Map(trigger?.operation.outputFields.map((field) => [field.key, field]));
        const wrong = [...live].flatMap(([name, value]) =>
          madeUp.test(name) ? [] : valueViolations(name, fields.get(name), value),
        );
        expect(wrong).toEqual([]);
      }
    },
  );

  /** The data without every field that the schema can do without. */
  function smallestOf<T extends object>(data: T, isAccepted: (data: T) => boolean): T {
    return Object.keys(data).reduce((smaller, key) => {
      const { [key as keyof T]: _, ...without } = smaller;
      return isAccepted(without as T) ? (without as T) : smaller;
    }, data);
  }
});
