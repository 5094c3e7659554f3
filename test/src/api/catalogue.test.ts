import { builtInProviders, operationalProvider, z } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { ApiStage, eventTypes, problemOf } from './support.ts';

const stage = new ApiStage();

describe('the catalogue', () => {
  test('lists the five providers with 5, 5, 4, 4 and 6 event types, and the 6 of our own', async () => {
    const { data } = await stage.root.listProviders();
    expect(data.map(({ id, events }) => [id, events.length])).toEqual([
      ['boltcall', 5],
      ['boltly', 5],
      ['bolten', 4],
      ['inboundflow', 4],
      ['salpre', 6],
      [operationalProvider.id, 6],
    ]);
  });

  test('is the same to everyone who has a key', async () => {
    const { client } = await stage.tenant(['events:write']);
    expect(await client.listProviders()).toEqual(await stage.root.listProviders());
  });

  test.each([...builtInProviders, operationalProvider])(
    '$id: GET /v1/providers/{provider} is its entry in the list',
    async ({ id, name, signature, webhooks, delivery }) => {
      const { data } = await stage.root.listProviders();
      const provider = await stage.root.getProvider({ params: { provider: id } });
      expect(provider).toEqual(data.find((each) => each.id === id));
      expect(provider).toMatchObject({ name, signature, webhooks, delivery });
    },
  );

  test.each(eventTypes)(
    '$provider.id $type: label, description, JSON Schema and a sample that fits it',
    async (given) => {
      const { provider, type } = given;
      const described = await stage.root.getEventType({ params: { provider: provider.id, type } });
      expect(described).toMatchObject({ type, label: given.eventType.label, sample: given.eventType.sample });
      expect(described.description).toMatch(/^Triggers when /);
      expect(described.schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
      });
      const { events } = await stage.root.getProvider({ params: { provider: provider.id } });
      expect(events).toContainEqual(described);
      const fromJsonSchema = z.fromJSONSchema(described.schema as Parameters<typeof z.fromJSONSchema>[0]);
      expect(fromJsonSchema.safeParse(described.sample).error).toBeUndefined();
    },
  );

  test('what it shows as a sample can be published as it is', async () => {
    const { client } = await stage.tenant();
    const body = { won_stages: ['Won'], lost_stages: ['Lost'] };
    await client.putProviderSettings({ params: { provider: 'bolten' }, body });
    for (const { provider, type, eventType } of eventTypes) {
      await client.publishEvent({ body: { provider: provider.id, type, data: eventType.sample } });
    }
    const published = (await client.listEvents({ query: { limit: 100 } })).data.map(
      (event) => `${event.provider} ${event.type}`,
    );
    expect(new Set(published)).toEqual(new Set(eventTypes.map(({ provider, type }) => `${provider.id} ${type}`)));
  });
});

describe("an organization's settings for a provider", () => {
  const params = { provider: 'bolten' };
  const defaults = { opportunity_fields: null, contact_fields: null, won_stages: [], lost_stages: [] };
  const settings = { opportunity_fields: ['id'], contact_fields: ['name'], won_stages: ['Won'], lost_stages: ['Lost'] };

  test('are the defaults, until they are set', async () => {
    const { client } = await stage.tenant();
    expect(await client.getProviderSettings({ params })).toEqual(defaults);
    expect(await client.putProviderSettings({ params, body: settings })).toEqual(settings);
    expect(await client.getProviderSettings({ params })).toEqual(settings);
  });

  test('are replaced as a whole: what is left out is the default again', async () => {
    const { client } = await stage.tenant();
    await client.putProviderSettings({ params, body: settings });
    const won = { won_stages: ['Closed'] };
    expect(await client.putProviderSettings({ params, body: won })).toEqual({ ...defaults, ...won });
    expect(await client.putProviderSettings({ params, body: {} })).toEqual(defaults);
  });

  test("are each organization's own", async () => {
    const [one, two] = [await stage.tenant(), await stage.tenant()];
    await one.client.putProviderSettings({ params, body: settings });
    expect(await two.client.getProviderSettings({ params })).toEqual(defaults);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a setting that it does not have', { won_stage: ['Won'] }, 'won_stage'],
    ['a text for a list', { won_stages: 'Won' }, 'won_stages'],
    ['an empty name', { won_stages: [''] }, 'won_stages.0'],
    ['no field at all', { opportunity_fields: [] }, 'opportunity_fields'],
    ['a stage that means both', { won_stages: ['End'], lost_stages: ['End'] }, 'lost_stages.0'],
  ])('%s: 422 that names it, and the settings stay', async (_, body, field) => {
    const { client } = await stage.tenant();
    await client.putProviderSettings({ params, body: settings });
    const problem = await problemOf(client.putProviderSettings({ params, body: body as typeof settings }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input', errors: [{ field }] });
    expect(await client.getProviderSettings({ params })).toEqual(settings);
  });
});
