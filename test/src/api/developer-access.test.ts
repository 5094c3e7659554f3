import { execFile, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ApiStage, everything, problemOf } from './support.ts';

const stage = new ApiStage();
const run = promisify(execFile);

/** Boltly's documentation, "Creating a webhook", as printed. */
const documented = `curl -X POST https://api.boltly.online/v1/developer-access/webhooks \\
  -H "X-API-Key: sk_live_..." \\
  -H "Content-Type: application/json" \\
  -d '{
    "url": "https://your-app.com/webhooks/boltly",
    "events": ["message.received", "message.delivered"],
    "description": "Production webhook"
  }'`;

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const endpoint = { url: 'https://your-app.com/webhooks/boltly', events: ['message.received', 'message.delivered'] };

describe("Boltly's documented API", () => {
  (hasCurl ? test : test.skip)("the document's curl command, with this server's address and key", async () => {
    const { client, apiKey } = await stage.tenant();
    expect(apiKey).toMatch(/^sk_live_/);
    const command = documented.replace('https://api.boltly.online', stage.server.url).replace('sk_live_...', apiKey);
    const { stdout } = await run('bash', ['-c', `${command} --silent --show-error --write-out '\\n%{http_code}'`]);
    const [body, status] = stdout.split(/\n(?=\d+$)/);
    expect(status).toBe('201');
    const created = JSON.parse(body ?? '');
    expect(created).toEqual({
      id: expect.stringMatching(/^wh_/),
      ...endpoint,
      description: 'Production webhook',
      status: 'active',
      created_at: expect.any(String),
      signing_secret: expect.stringMatching(/^whsec_/),
    });
    const { signing_secret: _, ...listed } = created;
    expect((await client.listDeveloperAccessWebhooks()).data).toEqual([listed]);
  });

  test('an endpoint that was registered there gets its events, signed with its secret', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const body = { url: receiver.url(), events: ['message.received'] };
    const { signing_secret } = await client.createDeveloperAccessWebhook({ body });
    const params = { provider: 'boltly', type: 'message.received' };
    const { sample } = await client.getEventType({ params });
    await client.publishEvent({ body: { ...params, data: sample } });
    const { body: sent, headers } = await receiver.request(0);
    const expected = createHmac('sha256', signing_secret).update(sent).digest('hex');
    expect(headers['x-webhook-signature']).toBe(expected);
  });

  test('it is a webhook like others, and others of Boltly are listed there', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createDeveloperAccessWebhook({ body: endpoint });
    expect(await client.getWebhook({ params: { id } })).toMatchObject({
      provider: 'boltly',
      description: null,
      ...endpoint,
    });
    const other = await client.createWebhook({ body: { provider: 'boltly', ...endpoint, name: 'By hand' } });
    await client.createWebhook({ body: { provider: 'boltcall', events: ['new_lead'], url: endpoint.url } });
    expect((await client.listDeveloperAccessWebhooks()).data.map((each) => each.id)).toEqual([other.id, id]);
  });

  test('the list comes in pages', async () => {
    const { client } = await stage.tenant();
    for (let number = 0; number < 5; number += 1) await client.createDeveloperAccessWebhook({ body: endpoint });
    const all = await everything((query) => client.listDeveloperAccessWebhooks({ query }), 2);
    expect(new Set(all.map(({ id }) => id)).size).toBe(5);
  });

  test('removing one answers 204, then 404', async () => {
    const { client } = await stage.tenant();
    const params = { id: (await client.createDeveloperAccessWebhook({ body: endpoint })).id };
    expect(await client.deleteDeveloperAccessWebhook({ params })).toBeUndefined();
    expect(await problemOf(client.deleteDeveloperAccessWebhook({ params }))).toMatchObject({ code: 'not_found' });
    expect((await client.listDeveloperAccessWebhooks()).data).toEqual([]);
  });

  test('an event that Boltly does not have is refused', async () => {
    const { client } = await stage.tenant();
    const problem = await problemOf(
      client.createDeveloperAccessWebhook({ body: { ...endpoint, events: ['new_lead'] } }),
    );
    expect(problem.errors).toEqual([
      { field: 'events.0', message: expect.stringContaining('use one of message.received') },
    ]);
  });
});
