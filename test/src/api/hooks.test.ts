import { Catalogue } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { ApiStage, problemOf } from './support.ts';

const stage = new ApiStage();

const hook = {
  provider: 'boltly',
  events: ['message.received', 'message.sent'],
  target_url: 'https://hooks.zapier.com/hooks/standard/1/abc/',
};
const notFound = { status: 404, code: 'not_found' };

describe('POST /v1/hooks: subscribe', () => {
  test('makes a webhook that belongs to a platform, with its secret in the answer', async () => {
    const { client } = await stage.tenant();
    const body = { ...hook, external_id: 'zap_17', format: 'standard' } as const;
    const { signing_secret, ...created } = await client.subscribeHook({ body });
    expect(signing_secret).toMatch(/^whsec_/);
    expect(created).toMatchObject({
      provider: 'boltly',
      events: hook.events,
      url: hook.target_url,
      format: 'standard',
      platform: 'zapier',
      external_id: 'zap_17',
      rest_hook: true,
      status: 'active',
    });
    const params = { id: created.id };
    expect(await client.getHook({ params })).toEqual(created);
    expect(await client.getWebhook({ params })).toEqual(created);
  });

  test('one event may be named instead of a list', async () => {
    const { client } = await stage.tenant();
    const { provider, target_url } = hook;
    const created = await client.subscribeHook({ body: { provider, target_url, event: 'message.read' } });
    expect(created.events).toEqual(['message.read']);
  });

  test('what is wrong is named as it was given', async () => {
    const { client } = await stage.tenant();
    const { provider, target_url } = hook;
    const one = await problemOf(client.subscribeHook({ body: { provider, target_url: 'nowhere', event: 'sung' } }));
    expect(one.errors?.map(({ field }) => field)).toEqual(['event', 'target_url']);
    const many = await problemOf(client.subscribeHook({ body: { provider, target_url, events: ['sung'] } }));
    expect(many.errors?.map(({ field }) => field)).toEqual(['events.0']);
  });

  test('the platform that is named is believed, whatever the URL looks like', async () => {
    const { client } = await stage.tenant();
    const body = { ...hook, target_url: 'https://automation.example.com/in', platform: 'n8n' } as const;
    expect(await client.subscribeHook({ body })).toMatchObject({ platform: 'n8n' });
  });

  test('again, with the event types in any order: the hook that exists, and its secret', async () => {
    const { client } = await stage.tenant();
    const first = await client.subscribeHook({ body: hook });
    const again = await client.subscribeHook({ body: { ...hook, events: hook.events.toReversed() } });
    expect(again).toMatchObject({ id: first.id, signing_secret: first.signing_secret });
    expect((await client.listWebhooks()).data).toHaveLength(1);
  });

  test('ten times at once: one hook, ten answers with the same id and secret', async () => {
    const { client } = await stage.tenant();
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.subscribeHook({ body: hook })));
    expect(new Set(answers.map(({ id, signing_secret }) => `${id} ${signing_secret}`)).size).toBe(1);
    expect((await client.listWebhooks()).data).toHaveLength(1);
  });

  test.each([
    ['another URL', { target_url: 'https://hooks.zapier.com/hooks/standard/1/def/' }],
    ['other event types', { events: ['message.received'] }],
    ['another provider', { provider: 'boltcall', events: ['new_lead'] }],
  ])('with %s: another hook', async (_, other) => {
    const { client } = await stage.tenant();
    const first = await client.subscribeHook({ body: hook });
    expect((await client.subscribeHook({ body: { ...hook, ...other } })).id).not.toBe(first.id);
  });

  test('by another organization: a hook of its own', async () => {
    const [one, two] = [await stage.tenant(), await stage.tenant()];
    const first = await one.client.subscribeHook({ body: hook });
    const second = await two.client.subscribeHook({ body: hook });
    expect(second.id).not.toBe(first.id);
    expect(second.signing_secret).not.toBe(first.signing_secret);
  });

  test('a subscriber that brings its secret has it from then on', async () => {
    const { client } = await stage.tenant();
    const first = await client.subscribeHook({ body: hook });
    const signing_secret = 'a-secret-of-the-platform';
    const second = await client.subscribeHook({ body: { ...hook, signing_secret } });
    expect(second).toMatchObject({ id: first.id, signing_secret });
    expect(await client.getWebhookSecret({ params: { id: first.id } })).toMatchObject({ signing_secret, previous: [] });
  });

  test('again wakes a hook that was paused, and takes the new format', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.subscribeHook({ body: hook });
    await client.pauseWebhook({ params: { id } });
    const again = await client.subscribeHook({ body: { ...hook, format: 'standard' } });
    expect(again).toMatchObject({ id, status: 'active', status_reason: null, format: 'standard' });
    expect(again.signing_secret).toMatch(/^whsec_/);
  });

  test('a hook cannot be changed into the twin of another', async () => {
    const { client } = await stage.tenant();
    await client.subscribeHook({ body: hook });
    const second = await client.subscribeHook({ body: { ...hook, events: ['message.read'] } });
    const change = client.updateWebhook({ params: { id: second.id }, body: { events: hook.events } });
    await expect(change).rejects.toMatchObject({ problem: { status: 409, code: 'conflict' } });
  });
});

describe('DELETE /v1/hooks/{id}: unsubscribe', () => {
  test('answers 204, and 204 again', async () => {
    const { client } = await stage.tenant();
    const params = { id: (await client.subscribeHook({ body: hook })).id };
    for (let time = 0; time < 3; time += 1) expect(await client.unsubscribeHook({ params })).toBeUndefined();
    expect(await problemOf(client.getHook({ params }))).toMatchObject(notFound);
    expect((await client.listWebhooks()).data).toEqual([]);
  });

  test('then subscribing is a new hook with a new secret', async () => {
    const { client } = await stage.tenant();
    const first = await client.subscribeHook({ body: hook });
    await client.unsubscribeHook({ params: { id: first.id } });
    const second = await client.subscribeHook({ body: hook });
    expect(second.id).not.toBe(first.id);
    expect(second.signing_secret).not.toBe(first.signing_secret);
  });

  test('ends the deliveries: what is published afterwards goes to others alone', async () => {
    const { client } = await stage.tenant();
    const [left, stays] = [await stage.receiver(), await stage.receiver()];
    const { id } = await client.subscribeHook({ body: { ...hook, target_url: left.url() } });
    await client.subscribeHook({ body: { ...hook, target_url: stays.url() } });
    await client.unsubscribeHook({ params: { id } });
    const { sample } = await client.getEventType({ params: { provider: 'boltly', type: 'message.received' } });
    await client.publishEvent({ body: { provider: 'boltly', type: 'message.received', data: sample } });
    await stays.atLeast(1);
    expect(left.received).toEqual([]);
  });
});

describe('GET /v1/hooks/sample', () => {
  const types = new Catalogue().providers.flatMap(({ id, events }) =>
    Object.keys(events).map((type) => [id, type] as const),
  );

  test.each(types)(
    '%s %s: without real events the static sample alone, in the standard format',
    async (provider, event) => {
      const { client } = await stage.tenant();
      const { sample } = await client.getEventType({ params: { provider, type: event } });
      const { data } = await client.getHookSample({ query: { provider, event } });
      const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(data).toEqual([{ id: expect.any(String), provider, type: event, timestamp, data: sample }]);
      expect(Object.keys(data[0] ?? {})).toEqual(['id', 'provider', 'type', 'timestamp', 'data']);
    },
  );

  test('recent real events come first, newest first, then the static sample; tests and other types are not among them', async () => {
    const { client } = await stage.tenant();
    const query = { provider: 'boltly', event: 'message.received' };
    const { sample } = await client.getEventType({ params: { provider: 'boltly', type: 'message.received' } });
    const [fixed] = (await client.getHookSample({ query })).data;
    const receiver = await stage.receiver();
    const { id } = await client.subscribeHook({ body: { ...hook, target_url: receiver.url() } });
    const ids: string[] = [];
    for (let number = 1; number <= 5; number += 1) {
      const body = { provider: 'boltly', type: 'message.received', data: { ...sample, number } };
      ids.unshift((await client.publishEvent({ body })).id);
    }
    await client.testWebhook({ params: { id } });
    const { data } = await client.getHookSample({ query });
    expect(data.slice(0, -1).map((each) => each.id)).toEqual(ids.slice(0, 3));
    expect(data.at(-1)).toEqual(fixed);
  });

  test('a filter leaves out real events that do not satisfy it, never the static sample', async () => {
    const { client } = await stage.tenant();
    const type = { provider: 'boltcall', type: 'new_lead' };
    const { sample } = await client.getEventType({ params: type });
    const publish = async (score: number) => {
      const { id } = await client.publishEvent({ body: { ...type, data: { ...sample, score } } });
      return id;
    };
    const high = await publish(95);
    for (let score = 10; score < 15; score += 1) await publish(score);
    const query = { provider: type.provider, event: type.type, filter: 'score >= 90' };
    const { data } = await client.getHookSample({ query });
    expect(data.map(({ id }) => id)).toEqual([high, 'evt_sample']);
  });

  test('a filter that is not in order is refused, with what to change', async () => {
    const { client } = await stage.tenant();
    const query = { provider: 'boltcall', event: 'new_lead', filter: 'score >=' };
    const { errors } = await problemOf(client.getHookSample({ query }));
    expect(errors).toEqual([{ field: 'filter', message: expect.stringMatching(/^expected a value after >=/) }]);
  });

  test("the static sample has the fields that the organization's settings let out", async () => {
    const { client } = await stage.tenant();
    const params = { provider: 'bolten' };
    const settings = await client.getProviderSettings({ params });
    await client.putProviderSettings({ params, body: { ...settings, contact_fields: ['email'] } });
    const { data } = await client.getHookSample({ query: { ...params, event: 'opportunity.created' } });
    expect(data).toMatchObject([{ id: 'evt_sample', data: { contact: { email: 'rafael@example.com' } } }]);
    expect(JSON.stringify(data)).not.toContain('Rafael');
  });

  test("shows a real event as a hook receives it, and no other organization's", async () => {
    const [one, two] = [await stage.tenant(), await stage.tenant()];
    const receiver = await stage.receiver();
    await one.client.subscribeHook({ body: { ...hook, target_url: receiver.url(), format: 'standard' } });
    const params = { provider: 'boltly', type: 'message.sent' };
    const { sample } = await one.client.getEventType({ params });
    await one.client.publishEvent({ body: { ...params, data: sample, occurred_at: '2026-04-03T14:00:00+02:00' } });
    const { json } = await receiver.request(0);
    const query = { provider: 'boltly', event: 'message.sent' };
    expect((await one.client.getHookSample({ query })).data[0]).toEqual(json);
    expect((await two.client.getHookSample({ query })).data).toHaveLength(1);
  });
});
