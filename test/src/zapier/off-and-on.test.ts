import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { AppError } from './lambda.ts';
import { ZapierStage } from './stage.ts';
import type { Item } from './zap.ts';
import { caught } from './zap.ts';

/* Zaps that are turned off, edited and turned on again. */

const stage = new ZapierStage();
const trigger = 'boltcall_new_lead';

async function scene() {
  const tenant = await stage.server.tenant();
  const zap = await stage.zap(trigger, tenant);
  await zap.turnOn();
  const publish = async (number: number) => {
    const body = { provider: 'boltcall', type: 'new_lead', data: { id: `lead_${number}` } };
    return (await tenant.client.publishEvent({ body })).id;
  };
  return { tenant, zap, publish };
}

test('a Zap that is edited while 150 events wait gets each of them, and those published in between, once', async () => {
  const { tenant, zap, publish } = await scene();
  zap.hook.answer({ status: 503 });
  const ids = await Promise.all(Array.from({ length: 150 }, (_, number) => publish(number)));
  await zap.hook.atLeast(1);
  await zap.turnOff();
  for (const number of [150, 151, 152]) ids.push(await publish(number));
  const before = zap.hook.received.length;
  zap.hook.answer({ status: 200 });
  await zap.turnOn();
  await eventually(
    async () => zap.hook.received.length - before,
    (count) => count >= ids.length,
  );
  const { pathname } = new URL(zap.targetUrl);
  const items: Item[] = [];
  for (const request of zap.hook.received.slice(before)) {
    expect(request.path).toBe(pathname);
    items.push(...(await zap.perform(caught(request))).results);
  }
  expect(items.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  expect((await tenant.client.listWebhooks()).data).toMatchObject([{ id: zap.subscription.id, status: 'active' }]);
});

describe('a Zap that is turned off', () => {
  test.each([
    [
      'while the server is down',
      { server_url: 'http://127.0.0.1:1' },
      'AppError',
      /cannot be reached\. .*that the server is running/,
    ],
    [
      'with a revoked API key',
      { api_key: 'sk_live_revoked' },
      'ExpiredAuthError',
      /Reconnect your Bellhop account with a new API key/,
    ],
  ])('%s: an error says what to do, and the webhook ends at the next event', async (_, broken, name, message) => {
    const { tenant, zap, publish } = await scene();
    const authData = { ...stage.connection(tenant), ...broken };
    const method = `triggers.${trigger}.operation.performUnsubscribe`;
    const failure: unknown = await stage.app
      .execute(method, { authData, subscribeData: zap.subscription })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect(failure).toMatchObject({ name, message: expect.stringMatching(message) });
    zap.hook.answer({ status: 410 });
    await publish(1);
    const webhook = await eventually(
      () => tenant.client.getWebhook({ params: { id: zap.subscription.id } }),
      ({ status }) => status === 'gone',
    );
    expect(webhook.status_reason?.message).toMatch(/the Zap was turned off or deleted\. Turn the Zap on/);
  });
});
