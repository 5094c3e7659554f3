import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../src/index.ts';
import { bolten } from '../src/providers/bolten.ts';

const [won, lost, transitioned, created] = Object.keys(bolten.events) as [string, string, string, string];
const { settings } = bolten;

function complete(own: JsonObject = {}): JsonObject {
  return { ...settings?.defaults, ...own };
}

function prepare(type: string, data: JsonObject, own: JsonObject = {}) {
  return bolten.prepare?.({ type, data }, complete(own)) ?? [];
}

function typesOf(type: string, data: JsonObject, own?: JsonObject): string[] {
  return prepare(type, data, own).map((event) => event.type);
}

function projected(data: JsonObject, own: JsonObject): unknown {
  return prepare(created, data, own)[0]?.data;
}

const stages = { won_stages: ['Won', 'Paid'], lost_stages: ['Lost'] };
const movedTo = (stage: string): JsonObject => ({ opportunity: { id: 'opp_1', stage } });

test('the order of the event types is that of the document', () => {
  expect([won, lost, transitioned, created].map((type) => bolten.events[type]?.label)).toEqual([
    'Opportunity Won',
    'Opportunity Lost',
    'Opportunity Transitioned',
    'Opportunity Created',
  ]);
});

describe('a move from stage to stage', () => {
  test.each(['Won', 'Paid'])('to %s, a won stage, is a transition and a win', (stage) => {
    expect(typesOf(transitioned, movedTo(stage), stages)).toEqual([transitioned, won]);
  });

  test('to a lost stage is a transition and a loss', () => {
    expect(typesOf(transitioned, movedTo('Lost'), stages)).toEqual([transitioned, lost]);
  });

  test.each(['Negotiation', 'won', ''])('to "%s", any other stage, is only a transition', (stage) => {
    expect(typesOf(transitioned, movedTo(stage), stages)).toEqual([transitioned]);
  });

  test('is only a transition while no stage is configured', () => {
    expect(typesOf(transitioned, movedTo('Won'))).toEqual([transitioned]);
  });

  test('is recognised by its stage even if the stage is not sent', () => {
    const events = prepare(transitioned, movedTo('Won'), { ...stages, opportunity_fields: ['id'] });
    const data = { opportunity: { id: 'opp_1' } };
    expect(events).toEqual([
      { type: transitioned, data },
      { type: won, data },
    ]);
  });
});

describe('a published win or loss', () => {
  test.each([won, lost])('%s is also a transition; the publisher gets the id of the first', (type) => {
    const data = bolten.events[type]?.sample ?? {};
    expect(prepare(type, data, stages)).toEqual([
      { type, data },
      { type: transitioned, data },
    ]);
  });

  test('is unavailable until its stages are configured, and says so', () => {
    const unavailable = (type: string, own?: JsonObject) => bolten.events[type]?.unavailable?.(complete(own));
    expect(unavailable(won)).toBe(
      'No stage is configured as won: set won_stages in the settings of the provider bolten.',
    );
    expect(unavailable(lost)).toMatch(/set lost_stages in the settings/);
    for (const type of [won, lost]) expect(unavailable(type, stages)).toBeUndefined();
    for (const type of [transitioned, created]) expect(unavailable(type)).toBeUndefined();
  });
});

test('a created opportunity is nothing else, whatever its stage', () => {
  expect(typesOf(created, movedTo('Won'), stages)).toEqual([created]);
});

describe('all, and only, the configured fields are sent', () => {
  const data: JsonObject = {
    source: 'import',
    opportunity: {
      id: 'opp_1',
      title: 'Annual plan',
      owner: { id: 'user_1', name: 'Marina', email: 'marina@example.com' },
      custom_fields: { region: 'South', 'a.b': 1, size: 20 },
    },
    contact: { id: 'contact_1', name: 'Rafael', custom_fields: { segment: 'Transport', vip: true } },
    actor: { id: 'user_1' },
  };

  test('nothing configured: everything, unchanged', () => {
    expect(JSON.stringify(projected(data, {}))).toBe(JSON.stringify(data));
  });

  test('fields by name, in the order of the data; the other keys of the data stay', () => {
    const sent = projected(data, { opportunity_fields: ['title', 'id'], contact_fields: ['name'] });
    expect(JSON.stringify(sent)).toBe(
      JSON.stringify({
        source: 'import',
        opportunity: { id: 'opp_1', title: 'Annual plan' },
        contact: { name: 'Rafael' },
        actor: { id: 'user_1' },
      }),
    );
  });

  test('only the opportunity, only the contact', () => {
    expect(projected(data, { opportunity_fields: ['id'] })).toEqual({ ...data, opportunity: { id: 'opp_1' } });
    expect(projected(data, { contact_fields: ['id'] })).toEqual({ ...data, contact: { id: 'contact_1' } });
  });

  test('fields one level deeper, with a dot', () => {
    const opportunity_fields = ['owner.name', 'custom_fields.region', 'custom_fields.a.b'];
    const contact_fields = ['custom_fields', 'custom_fields.vip'];
    expect(projected(data, { opportunity_fields, contact_fields })).toMatchObject({
      opportunity: { owner: { name: 'Marina' }, custom_fields: { region: 'South', 'a.b': 1 } },
      contact: { custom_fields: { segment: 'Transport', vip: true } },
    });
    const { opportunity } = projected(data, { opportunity_fields }) as { opportunity: JsonObject };
    expect(Object.keys(opportunity)).toEqual(['owner', 'custom_fields']);
  });

  test('fields the data does not have are left out', () => {
    const opportunity_fields = ['id', 'value', 'owner.phone', 'title.length', 'constructor', '__proto__'];
    expect(projected(data, { opportunity_fields })).toEqual({ ...data, opportunity: { id: 'opp_1', owner: {} } });
  });

  test('null stays null; non-objects are left out', () => {
    const odd = { opportunity: { id: 'opp_1', owner: null, tags: ['a', 'b'] }, contact: null };
    const sent = projected(odd, { opportunity_fields: ['owner.name', 'tags.0'], contact_fields: ['id'] });
    expect(sent).toEqual({ opportunity: { owner: null }, contact: null });
    expect(projected({ opportunity: { id: 'opp_1' } }, { contact_fields: ['id'] })).toEqual({
      opportunity: { id: 'opp_1' },
    });
  });

  test('a key named __proto__ is a key like any other', () => {
    const text = '{"__proto__":{"a":1},"opportunity":{"__proto__":{"b":2},"id":"opp_1","o":{"__proto__":3,"x":4}}}';
    const hostile: JsonObject = JSON.parse(text);
    const all = projected(hostile, { opportunity_fields: ['__proto__', 'id', 'o.__proto__', 'o.x'] });
    expect(JSON.stringify(all)).toBe(text);
    const some = projected(hostile, { opportunity_fields: ['id', 'o.x'] });
    expect(JSON.stringify(some)).toBe('{"__proto__":{"a":1},"opportunity":{"id":"opp_1","o":{"x":4}}}');
  });

  test('the published data is not modified', () => {
    const before = JSON.stringify(data);
    prepare(transitioned, data, { ...stages, opportunity_fields: ['id'], contact_fields: ['id'] });
    expect(JSON.stringify(data)).toBe(before);
  });
});

describe('settings', () => {
  const problems = (given: unknown) =>
    settings?.schema.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  test('default to all fields and no stages', () => {
    const defaults = { opportunity_fields: null, contact_fields: null, won_stages: [], lost_stages: [] };
    expect(settings?.defaults).toEqual(defaults);
    expect(settings?.schema.parse({ won_stages: ['Won'] })).toEqual({ ...defaults, won_stages: ['Won'] });
  });

  test('are accepted when complete', () => {
    expect(problems({ opportunity_fields: ['id', 'owner.name'], contact_fields: null, ...stages })).toBeUndefined();
  });

  test.each<[string, unknown, string | RegExp]>([
    [
      'a stage that would mean won and lost',
      { won_stages: ['Won', 'Closed'], lost_stages: ['Lost', 'Closed'] },
      'lost_stages.1: "Closed" is also in won_stages; a stage can mean won or lost, not both',
    ],
    [
      'an empty list of fields',
      { opportunity_fields: [] },
      'opportunity_fields: must list at least one field; null sends all fields',
    ],
    ['a field without a name', { contact_fields: [''] }, /^contact_fields\.0: /],
    ['a text where a list belongs', { won_stages: 'Won' }, /^won_stages: /],
    ['a setting it does not know', { wonStages: ['Won'] }, /wonStages/],
  ])('%s is refused', (_, given, problem) => {
    expect(problems(given)).toEqual([expect.stringMatching(problem)]);
  });
});
