import type { Client } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { ApiStage } from './support.ts';

const stage = new ApiStage();
const url = 'https://hooks.example.com/in';

const scored = { provider: 'boltcall', events: ['new_lead'] };
const won = { provider: 'bolten', events: ['opportunity.created', 'opportunity.won'] };
const stages = { params: { provider: 'bolten' }, body: { won_stages: ['Won'] } };

/** As the webhook is shown wherever it is. */
async function shown(client: Client, id: string) {
  const params = { id };
  const { data } = await client.listWebhooks();
  const [one, hook] = [await client.getWebhook({ params }), await client.getHook({ params })];
  expect(hook).toEqual(one);
  expect(data.find((each) => each.id === id)).toEqual(one);
  return one.warnings;
}

describe('a webhook whose filter names a field that its event types do not have', () => {
  const misspelt = {
    field: 'filter',
    message: 'No event type of this webhook has the field scroe. Did you mean score?',
  };

  test('is created, and says so wherever it is shown, until the filter is mended', async () => {
    const { client } = await stage.tenant();
    const { id, warnings } = await client.createWebhook({ body: { ...scored, url, filter: 'scroe >= 10' } });
    expect(warnings).toEqual([misspelt]);
    expect(await shown(client, id)).toEqual([misspelt]);
    const mended = await client.updateWebhook({ params: { id }, body: { filter: 'score >= 10' } });
    expect(mended.warnings).toEqual([]);
    const worse = await client.updateWebhook({ params: { id }, body: { filter: 'scroe >= 10' } });
    expect(worse.warnings).toEqual([misspelt]);
  });

  test('also a REST hook that a platform subscribed', async () => {
    const { client } = await stage.tenant();
    const body = { provider: 'boltcall', event: 'new_lead', target_url: url, filter: 'scroe >= 10' };
    const { id, warnings } = await client.subscribeHook({ body });
    expect(warnings).toEqual([misspelt]);
    expect(await shown(client, id)).toEqual([misspelt]);
  });

  test('not where the schema lets any field be there', async () => {
    const { client } = await stage.tenant();
    const body = { ...won, events: ['opportunity.created'], url, filter: 'opportunity["custom_fields"].region == "N"' };
    expect((await client.createWebhook({ body })).warnings).toEqual([]);
  });
});

describe('a webhook on an event type that the settings make unavailable', () => {
  const unavailable = {
    field: 'events.1',
    message:
      'opportunity.won is not available. No stage is configured as won: set won_stages in the settings of the provider bolten.',
  };

  test('says so wherever it is shown, until the setting is there', async () => {
    const { client } = await stage.tenant();
    const { id, warnings } = await client.createWebhook({ body: { ...won, url } });
    expect(warnings).toEqual([unavailable]);
    expect(await shown(client, id)).toEqual([unavailable]);
    await client.putProviderSettings(stages);
    expect(await shown(client, id)).toEqual([]);
    await client.putProviderSettings({ ...stages, body: {} });
    expect((await client.pauseWebhook({ params: { id } })).warnings).toEqual([unavailable]);
  });

  test("goes by its own organization's settings", async () => {
    const [one, two] = [await stage.tenant(), await stage.tenant()];
    await one.client.putProviderSettings(stages);
    expect((await one.client.createWebhook({ body: { ...won, url } })).warnings).toEqual([]);
    expect((await two.client.createWebhook({ body: { ...won, url } })).warnings).toEqual([unavailable]);
  });
});

describe('a webhook whose own signing secret is weak', () => {
  const boltcall = { provider: 'boltcall', events: ['new_lead'] };

  test('is created, signs, and says so until the secret is rotated', async () => {
    const { client } = await stage.tenant();
    const { id, signing_secret, warnings } = await client.createWebhook({
      body: { ...boltcall, url, signing_secret: 'ab cd éf' },
    });
    expect(signing_secret).toBe('ab cd éf');
    const weak = [{ field: 'signing_secret', message: expect.stringContaining('has 8 characters') }];
    expect(warnings).toEqual(weak);
    expect(await shown(client, id)).toEqual(weak);
    await client.rotateWebhookSecret({ params: { id } });
    expect(await shown(client, id)).toEqual([]);
  });

  test('that repeats few characters as well; one that is generated is not', async () => {
    const { client } = await stage.tenant();
    const made = await client.createWebhook({ body: { ...boltcall, url, signing_secret: 'secret'.repeat(4) } });
    expect(made.warnings).toMatchObject([{ message: expect.stringContaining('5 different characters') }]);
    expect((await client.createWebhook({ body: { ...boltcall, url } })).warnings).toEqual([]);
  });
});
