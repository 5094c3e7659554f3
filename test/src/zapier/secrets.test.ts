import { expect, test } from 'vitest';
import { AppError } from './lambda.ts';
import { ZapierStage } from './stage.ts';
import { caught } from './zap.ts';

const stage = new ZapierStage();

/* Zapier stores an app's logs, and shows its errors to people. */

test('neither the API key nor the signing secret is in what the app logs', async () => {
  const tenant = await stage.server.tenant();
  const zap = await stage.zap('boltcall_new_lead', tenant);
  const logs = [(await zap.turnOn()).logs];
  await tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: { id: 'lead_1' } } });
  const request = caught(await zap.hook.request(0));
  logs.push((await zap.perform(request)).logs);
  const { id } = zap.subscription;
  await tenant.client.rotateWebhookSecret({ params: { id }, body: { overlap_hours: 1 } });
  const { signing_secret, previous } = await tenant.client.getWebhookSecret({ params: { id } });
  const content = request.rawRequest.content.replace('lead_1', 'lead_2');
  logs.push((await zap.perform({ ...request, rawRequest: { ...request.rawRequest, content } })).logs);
  const authData = stage.connection(tenant);
  logs.push((await stage.app.execute('authentication.test', { authData })).logs);
  expect(logs.join()).toContain('/v1/hooks');
  expect(logs.join()).toContain(`/v1/webhooks/${id}/secret`);
  for (const secret of [tenant.apiKey, signing_secret ?? '', ...previous.map((each) => each.signing_secret)]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(logs.join()).not.toContain(secret);
    expect(logs.join()).not.toContain(secret.replace('whsec_', ''));
  }
});

const key = 'sk_live_mySecretKey0123456789';

test.each([
  ['a key with a line break in it', { api_key: `${key}\nX-Evil: 1` }],
  ['a key with a character that headers cannot have', { api_key: `${key}☎` }],
  ['the key pasted as the address', { server_url: key }],
  ['an address with the key as its password', { server_url: `https://me:${key}@bellhop.example.com` }],
  ['a wrong key', { api_key: key }],
  ['an address where nobody listens', { server_url: 'http://127.0.0.1:1', api_key: key }],
])('%s: the error does not show the key', async (_, given) => {
  const authData = { server_url: stage.server.url, api_key: key, ...given };
  for (const method of ['authentication.test', 'triggers.boltcall_new_lead.operation.performSubscribe']) {
    const bundle = { authData, targetUrl: 'https://hooks.zapier.com/hooks/standard/1/secretpart/' };
    const failure: unknown = await stage.app.execute(method, bundle).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    const { message, logs } = failure as AppError;
    expect(message).not.toContain(key);
    expect(message).not.toContain('secretpart');
    expect(logs).not.toContain(key);
  }
});

test('an error while the Zap is turned off does not show the signing secret that Zapier keeps with it', async () => {
  const tenant = await stage.server.tenant();
  const zap = await stage.zap('boltcall_new_lead', tenant);
  const { results: subscribeData } = await zap.turnOn();
  const method = 'triggers.boltcall_new_lead.operation.performUnsubscribe';
  for (const given of [{ api_key: key }, { server_url: 'http://127.0.0.1:1' }, { server_url: 'nowhere' }]) {
    const authData = { ...stage.connection(tenant), ...given };
    const failure: unknown = await stage.app
      .execute(method, { authData, subscribeData })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect((failure as AppError).message).not.toContain(subscribeData.signing_secret);
  }
});

test('a text that Zapier would take for a reference to the connection shows nothing of it', async () => {
  const zap = await stage.zap('boltcall_new_lead', { apiKey: key }, { filter: '{{bundle.authData.api_key}}' });
  const failure: unknown = await zap.turnOn().catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'AppError', message: expect.stringMatching(/The request to .* failed/) });
  expect((failure as AppError).message).not.toMatch(/What happened|sk_live/);
});

test('nor does an unexpected error', async () => {
  const broken = { authData: { server_url: 7 }, subscribeData: { id: 'wh_1', signing_secret: 'whsec_hush' } };
  const failing = stage.app.execute('triggers.boltcall_new_lead.operation.performUnsubscribe', broken);
  await expect(failing).rejects.toMatchObject({
    name: 'TypeError',
    message: expect.not.stringContaining('whsec_hush'),
  });
});
