import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Vault } from '@bellhop/server/security/vault';
import type { Authentication, FormatId } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { ApiStage, problemOf, type WebhookBody } from './support.ts';

const stage = new ApiStage();
const url = 'https://hooks.example.com/in';

function bodyFor(provider: string, format: FormatId): WebhookBody {
  const events = builtInProviders.find(({ id }) => id === provider)?.events ?? {};
  return { provider, events: Object.keys(events).slice(0, 1), url, format };
}

/** Of each provider in its own format: whether a secret is made, taken when given, and may be taken away again. */
const ownFormat = {
  boltcall: { generated: true, taken: true, removable: false },
  boltly: { generated: true, taken: true, removable: false },
  bolten: { generated: false, taken: false, removable: true },
  inboundflow: { generated: false, taken: true, removable: true },
  salpre: { generated: false, taken: false, removable: true },
};
const inOwnFormat = Object.entries(ownFormat);
const standardSecret = `whsec_${randomBytes(32).toString('base64')}`;

describe('the signing secret', () => {
  test.each(inOwnFormat)('%s in its own format: %o', async (provider, { generated, taken, removable }) => {
    const { client } = await stage.tenant();
    const body = bodyFor(provider, 'provider');
    const made = await client.createWebhook({ body });
    expect(made.has_signing_secret).toBe(generated);
    expect(made.signing_secret).toEqual(generated ? expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) : null);
    const brought = client.createWebhook({
      body: { ...body, signing_secret: 'the customers own secret'.replaceAll(' ', '-') },
    });
    if (taken)
      expect(await brought).toMatchObject({ signing_secret: 'the-customers-own-secret', has_signing_secret: true });
    else expect((await problemOf(brought)).errors).toMatchObject([{ field: 'signing_secret' }]);
    const without = client.createWebhook({ body: { ...body, signing_secret: null } });
    if (removable) expect(await without).toMatchObject({ signing_secret: null, has_signing_secret: false });
    else expect((await problemOf(without)).errors).toMatchObject([{ field: 'signing_secret' }]);
  });

  test.each(inOwnFormat.map(([provider]) => provider))('%s in the standard format: always', async (provider) => {
    const { client } = await stage.tenant();
    const body = bodyFor(provider, 'standard');
    const made = await client.createWebhook({ body });
    expect(made).toMatchObject({ has_signing_secret: true, signing_secret: expect.stringMatching(/^whsec_/) });
    const brought = await client.createWebhook({ body: { ...body, signing_secret: standardSecret } });
    expect(brought.signing_secret).toBe(standardSecret);
    const problem = await problemOf(client.createWebhook({ body: { ...body, signing_secret: null } }));
    expect(problem.errors).toMatchObject([{ field: 'signing_secret' }]);
  });

  test('can be read again, and is in no other answer', async () => {
    const { client } = await stage.tenant();
    const { id, signing_secret } = await client.createWebhook({ body: bodyFor('boltcall', 'provider') });
    const params = { id };
    expect(await client.getWebhookSecret({ params })).toEqual({ signing_secret, previous: [], signed_with: 'new' });
    const others = [await client.getWebhook({ params }), await client.listWebhooks(), await client.getHook({ params })];
    expect(JSON.stringify(others)).not.toContain(signing_secret);
  });

  test('of InboundFlow can be set, changed and removed later', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ body: bodyFor('inboundflow', 'provider') });
    const params = { id };
    for (const signing_secret of ['first-secret-of-mine', 'second-secret-of-mine', null]) {
      const changed = await client.updateWebhook({ params, body: { signing_secret } });
      expect(changed.has_signing_secret).toBe(signing_secret !== null);
      const signed_with = signing_secret === null ? null : 'new';
      expect(await client.getWebhookSecret({ params })).toEqual({ signing_secret, previous: [], signed_with });
    }
  });

  test('appears when an unsigned webhook changes to the standard format, and goes when it changes back', async () => {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ body: bodyFor('salpre', 'provider') });
    const params = { id };
    const standard = await client.updateWebhook({ params, body: { format: 'standard' } });
    expect(standard.has_signing_secret).toBe(true);
    expect((await client.getWebhookSecret({ params })).signing_secret).toMatch(/^whsec_/);
    const own = await client.updateWebhook({ params, body: { format: 'provider' } });
    expect(own.has_signing_secret).toBe(false);
  });

  test('that does not fit the standard format is replaced by one that does', async () => {
    const { client } = await stage.tenant();
    const body = { ...bodyFor('boltcall', 'provider'), signing_secret: 'only-for-boltcall-itself' };
    const { id } = await client.createWebhook({ body });
    await client.updateWebhook({ params: { id }, body: { format: 'standard' } });
    expect((await client.getWebhookSecret({ params: { id } })).signing_secret).toMatch(/^whsec_/);
  });
});

const credentials: [Authentication, object][] = [
  [
    { type: 'basic', username: 'jürgen', password: 'p4ssw0rd-of-juergen' },
    { type: 'basic', username: 'jürgen' },
  ],
  [{ type: 'api_key', key: 'k3y-of-the-receiver' }, { type: 'api_key' }],
  [{ type: 'bearer', token: 't0ken-of-the-receiver' }, { type: 'bearer' }],
];

describe('authentication and headers of a webhook', () => {
  test.each(credentials)('%o is sent, and shown as %o', async (authentication, shown) => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const headers = { 'X-Secret': 'h3ader-value-of-the-customer' };
    const body = { ...bodyFor('bolten', 'provider'), url: receiver.url(), authentication, headers };
    const created = await client.createWebhook({ body });
    const params = { id: created.id };
    await client.testWebhook({ params });
    const { headers: sent } = await receiver.request(0);
    expect(sent['x-secret']).toBe(headers['X-Secret']);
    expect(sent.authorization ?? sent['x-api-key']).toBeDefined();
    const answers = [
      created,
      await client.getWebhook({ params }),
      await client.listWebhooks(),
      await client.updateWebhook({ params, body: { name: 'x' } }),
      await client.listAttempts({ params }),
      await client.listDeliveries({ params }),
    ];
    expect(created).toMatchObject({ authentication: shown, headers: { 'X-Secret': '********' } });
    expect(created.authentication).toEqual(shown);
    expect(JSON.stringify(answers)).not.toMatch(/p4ssw0rd|k3y-of|t0ken-of|h3ader-value/);
  });

  test('stay when something else is changed, and go when they are replaced', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const authentication = { type: 'bearer', token: 't0ken' } as const;
    const body = { ...bodyFor('bolten', 'provider'), url: receiver.url(), authentication, headers: { 'X-A': '1' } };
    const { id } = await client.createWebhook({ body });
    const params = { id };
    await client.updateWebhook({ params, body: { name: 'Renamed' } });
    await client.testWebhook({ params });
    expect((await receiver.request(0)).headers).toMatchObject({ authorization: 'Bearer t0ken', 'x-a': '1' });
    await client.updateWebhook({ params, body: { authentication: { type: 'none' }, headers: {} } });
    await client.testWebhook({ params });
    const { headers } = await receiver.request(1);
    expect([headers.authorization, headers['x-a']]).toEqual([undefined, undefined]);
  });
});

describe('what a receiver answers', () => {
  test.each(credentials)(
    'does not show %o, in the log, the stream of attempts or the answer to a test',
    async (authentication) => {
      const { client } = await stage.tenant();
      const receiver = await stage.receiver(({ headers }) => ({
        headers: { 'x-echo': String(headers.authorization ?? headers['x-api-key']) },
        body: JSON.stringify({ headers, values: Object.values(authentication) }),
      }));
      const headers = { 'X-Secret': 'h3ader-value-of-the-customer', 'X-Short': 'ab12' };
      const body = { ...bodyFor('bolten', 'standard'), url: receiver.url(), authentication, headers };
      const { id, signing_secret } = await client.createWebhook({ body });
      const tested = await client.testWebhook({ params: { id } });
      const { events, ...rest } = body;
      const tried = await client.tryWebhook({ body: { ...rest, event: events[0] ?? '' } });
      const shown = JSON.stringify([tested.response, tried.response, await client.listAttempts({ params: { id } })]);
      const sent = await receiver.request(0);
      const given = String(sent.headers.authorization ?? sent.headers['x-api-key']).replace(/^(?:Basic|Bearer) /, '');
      expect(shown).not.toMatch(/p4ssw0rd|k3y-of|t0ken-of|h3ader-value/);
      for (const secret of [given, signing_secret ?? '']) expect(shown).not.toContain(secret);
      expect(tested.response?.headers['x-echo']).toMatch(/^(?:Basic |Bearer )?\*{8}$/);
      expect(tested.response?.body).toContain('ab12');
    },
  );
});

describe('a webhook that moves to another origin', () => {
  const authentication = { type: 'bearer', token: 't0ken-of-the-receiver' } as const;
  const headers = { 'X-Secret': 'h3ader-value' };

  async function moved(stored: Partial<WebhookBody>, to: string, patch: object = {}) {
    const { client } = await stage.tenant();
    const { id } = await client.createWebhook({ body: { ...bodyFor('bolten', 'provider'), url, ...stored } });
    return client.updateWebhook({ params: { id }, body: { url: to, ...patch } });
  }

  test.each(['https://other.example.com/in', 'https://hooks.example.com:8443/in', 'http://hooks.example.com/in'])(
    '%s: its credentials have to be given again',
    async (to) => {
      const problem = await problemOf(moved({ authentication, headers }, to));
      const message = expect.stringContaining('given again');
      expect(problem).toMatchObject({
        status: 422,
        errors: [
          { field: 'authentication', message },
          { field: 'headers', message },
        ],
      });
      const one = await problemOf(moved({ authentication, headers }, to, { headers: {} }));
      expect(one.errors).toMatchObject([{ field: 'authentication' }]);
      const given = { authentication, headers: { 'X-Secret': 'another' } };
      expect(await moved({ authentication, headers }, to, given)).toMatchObject({ url: to });
      const without = { authentication: { type: 'none' }, headers: {} };
      expect(await moved({ authentication, headers }, to, without)).toMatchObject({ url: to, ...without });
    },
  );

  test('takes its signing secret along; at the same origin it keeps all', async () => {
    const to = 'https://other.example.com/in';
    expect(await moved({ format: 'standard' }, to)).toMatchObject({ url: to, has_signing_secret: true });
    for (const same of ['https://hooks.example.com/other', 'https://HOOKS.example.com:443/in?tenant=1']) {
      expect((await moved({ authentication, headers }, same)).authentication).toEqual({ type: 'bearer' });
    }
  });
});

describe('what is secret', () => {
  test('opens in its own row alone, however it came there', async () => {
    const { client, organizationId } = await stage.tenant();
    const authentication = { type: 'bearer', token: 't0ken-of-the-receiver' } as const;
    const made = await client.createWebhook({ body: { ...bodyFor('boltcall', 'standard'), url, authentication } });
    const renamed = await client.createWebhook({ body: bodyFor('bolten', 'standard') });
    await client.updateWebhook({ params: { id: renamed.id }, body: { authentication } });
    await client.rotateWebhookSecret({ params: { id: renamed.id } });
    const { provider, events } = bodyFor('boltly', 'provider');
    const hook = { provider, events, target_url: url };
    const first = await client.subscribeHook({ body: hook });
    const again = await client.subscribeHook({ body: { ...hook, signing_secret: 'another-secret-of-mine' } });
    expect(again).toMatchObject({ id: first.id, signing_secret: 'another-secret-of-mine' });
    await client.createDeveloperAccessWebhook({ body: { url, events } });
    const rows = await stage.server.bellhop.store.listWebhooks(organizationId, {}, { limit: 10 });
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining([made.id, renamed.id, first.id]));
    expect(rows).toHaveLength(4);
    const vault = new Vault(Buffer.alloc(32, 7));
    for (const { id, sealed } of rows) {
      for (const row of rows) {
        const open = () => vault.openOf({ ...row, sealed });
        if (row.id === id) expect(open().secrets).toHaveLength(1);
        else expect(open).toThrow('Cannot decrypt the secrets');
      }
    }
  });

  test('is neither in the log nor readable in the data directory', async () => {
    const { client, apiKey } = await stage.tenant();
    const receiver = await stage.receiver();
    const authentication = { type: 'bearer', token: 't0ken-at-rest' } as const;
    const headers = { 'X-Secret': 'h3ader-at-rest' };
    const body = { ...bodyFor('boltcall', 'provider'), url: receiver.url('/c4tch/at-rest'), authentication, headers };
    const once = { 'idempotency-key': 'once' };
    const { id, signing_secret } = await client.createWebhook({ headers: once, body });
    await client.testWebhook({ params: { id } });
    const names = await readdir(stage.server.dataDir);
    const files = await Promise.all(names.map((name) => readFile(join(stage.server.dataDir, name), 'latin1')));
    for (const secret of ['t0ken-at-rest', 'h3ader-at-rest', String(signing_secret), apiKey]) {
      for (const file of files) expect(file.includes(secret)).toBe(false);
      expect(JSON.stringify(stage.server.log)).not.toContain(secret);
    }
    expect(JSON.stringify(stage.server.log)).not.toContain('c4tch');
  });
});

describe('what stands for a hidden value is never taken for the value', () => {
  const stars = '********';
  const placeholders: [string, object, string][] = [
    ['a bearer token', { authentication: { type: 'bearer', token: stars } }, 'authentication.token'],
    ['an API key', { authentication: { type: 'api_key', key: stars } }, 'authentication.key'],
    ['a password', { authentication: { type: 'basic', username: 'u', password: stars } }, 'authentication.password'],
    ['a header', { headers: { 'X-Token': stars } }, 'headers.X-Token'],
    ['a header with a scheme', { headers: { 'X-Token': `Bearer ${stars}` } }, 'headers.X-Token'],
    ['a signing secret', { signing_secret: stars.repeat(3) }, 'signing_secret'],
    ['a signing secret with a prefix', { signing_secret: `whsec_${stars.repeat(3)}` }, 'signing_secret'],
  ];

  test.each(placeholders)('as %s: when creating, changing, previewing, trying', async (_, given, field) => {
    const { client } = await stage.tenant();
    const body = bodyFor('boltly', 'provider');
    const { id } = await client.createWebhook({ body });
    const [event = ''] = body.events;
    const draft = { provider: 'boltly', event, url, ...given };
    for (const call of [
      client.createWebhook({ body: { ...body, ...given } }),
      client.updateWebhook({ params: { id }, body: given }),
      client.previewWebhook({ body: draft }),
      client.tryWebhook({ body: draft }),
    ]) {
      expect((await problemOf(call)).errors).toEqual([
        { field, message: expect.stringMatching(/give the value itself/) },
      ]);
    }
  });

  test('as a signing secret: when subscribing and rotating', async () => {
    const { client } = await stage.tenant();
    const body = bodyFor('boltly', 'provider');
    const { id } = await client.createWebhook({ body });
    const signing_secret = stars.repeat(2);
    const hook = { provider: 'boltly', events: body.events, target_url: url, signing_secret };
    for (const call of [
      client.subscribeHook({ body: hook }),
      client.rotateWebhookSecret({ params: { id }, body: { signing_secret } }),
    ]) {
      expect((await problemOf(call)).errors).toMatchObject([{ field: 'signing_secret' }]);
    }
  });

  test('reading a webhook and writing it back changes no header: it is refused', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const headers = { 'X-Token': 'tok-1234' };
    const { id } = await client.createWebhook({
      body: { ...bodyFor('boltly', 'provider'), url: receiver.url(), headers },
    });
    const params = { id };
    const shown = await client.getWebhook({ params });
    expect((await problemOf(client.updateWebhook({ params, body: { headers: shown.headers } }))).status).toBe(422);
    await client.testWebhook({ params });
    expect((await receiver.request(0)).headers['x-token']).toBe('tok-1234');
  });

  test('a credential with stars in it is one', async () => {
    const { client } = await stage.tenant();
    const authentication = { type: 'bearer' as const, token: 'pa****ss' };
    await client.createWebhook({ body: { ...bodyFor('boltly', 'provider'), authentication } });
  });
});
