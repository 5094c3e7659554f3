import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { repository } from '../harness/server-run.ts';
import { Runs } from './runs.ts';
import { strictFetch } from './strict-fetch.ts';
import { problemOf } from './support.ts';
import { ofDashboard } from './world.ts';

const runs = new Runs();
const shell = promisify(execFile);

const rootKey = randomBytes(32).toString('hex');
const production = {
  NODE_ENV: 'production',
  BELLHOP_ROOT_KEY: rootKey,
  BELLHOP_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
};

function client(baseUrl: string, apiKey: string) {
  return createClient({ baseUrl, apiKey, fetch: strictFetch });
}

/** An organization that the operator makes, as one does in production. */
async function firstTenant(url: string) {
  const root = client(url, rootKey);
  const { id } = await root.createOrganization({ body: { name: 'Acme' } });
  const { key } = await root.createApiKey({ params: { id }, body: { name: 'first', scopes: ['admin'] } });
  return { key, client: client(url, key) };
}

/** What others than the owner may do with each file of a directory. */
async function modesIn(directory: string): Promise<[string, number][]> {
  const names = await readdir(directory);
  return Promise.all(
    names.map(async (name): Promise<[string, number]> => [name, (await stat(join(directory, name))).mode & 0o077]),
  );
}

describe('in production', () => {
  test('it prints its address, and no key; it makes up none, and no organization; SIGINT ends it with 0', async () => {
    const dataDir = await runs.directory();
    const { run, url } = await runs.serving({ env: { ...production, DATA_DIR: dataDir } });
    expect((await client(url, rootKey).listOrganizations()).data).toEqual([]);
    const { output, code, signal } = await run.stop('SIGINT');
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(output).not.toMatch(/sk_live_|DEVELOPMENT|#/);
    expect(output).toContain(`\n  Dashboard  ${url}/\n`);
    for (const secret of [production.BELLHOP_ROOT_KEY, production.BELLHOP_ENCRYPTION_KEY])
      expect(output).not.toContain(secret);
    expect((await readdir(dataDir)).filter((name) => name.includes('development'))).toEqual([]);
  });

  test('webhooks to http or to what is not on the public internet are refused: 422', async () => {
    const { url } = await runs.serving({ env: { ...production, DATA_DIR: await runs.directory() } });
    const tenant = await firstTenant(url);
    for (const [target, says] of [
      ['http://hooks.example.com/in', /must start with https:\/\//],
      ['https://127.0.0.1/in', /public internet/],
      ['https://localhost/in', /public internet/],
      ['https://192.168.0.10/in', /public internet/],
      ['https://169.254.169.254/latest', /public internet/],
    ] as const) {
      const body = { provider: 'boltly', events: ['message.received'], url: target };
      const problem = await problemOf(tenant.client.createWebhook({ body }));
      expect(problem).toMatchObject({ status: 422, errors: [{ field: 'url', message: expect.stringMatching(says) }] });
    }
    expect((await tenant.client.listWebhooks()).data).toEqual([]);
  });

  test('SIGTERM ends it with 0; after a restart with the same data directory everything is there, secrets too', async () => {
    const env = { ...production, DATA_DIR: await runs.directory() };
    const before = await runs.serving({ env });
    const { key, client: tenant } = await firstTenant(before.url);
    const body = { provider: 'boltly', events: ['message.received'], url: 'https://hooks.example.com/in' };
    const { signing_secret, ...webhook } = await tenant.createWebhook({ body });
    const params = { id: webhook.id };
    await tenant.pauseWebhook({ params });
    expect(await before.run.stop('SIGTERM')).toMatchObject({ code: 0, signal: null });
    await expect(fetch(before.url)).rejects.toThrow();
    const after = await runs.serving({ env });
    const again = client(after.url, key);
    expect(await again.getWebhook({ params })).toMatchObject({
      ...webhook,
      status: 'paused',
      status_reason: {},
      updated_at: expect.any(String),
    });
    expect(await again.getWebhookSecret({ params })).toMatchObject({ signing_secret });
  });
});

describe('in development', () => {
  const hasCurl = spawnSync('curl', ['--version']).status === 0;

  test('npm start is ready, with an address, an API key and a command to paste that works; Ctrl-C ends it', async () => {
    const env = { DATA_DIR: await runs.directory() };
    const { run, url } = await runs.serving({ env, command: ['npm', 'start'], workingDirectory: repository });
    const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
    const [command] = await run.prints(/curl [\s\S]*}'\n/);
    const mine = client(url, apiKey);
    const { organization, scopes } = await mine.getMe();
    expect(organization).toMatchObject({ name: 'My first organization' });
    expect(scopes).toEqual(['admin', 'events:write', 'webhooks:read', 'webhooks:write']);
    if (hasCurl) {
      const { stdout } = await shell('bash', ['-c', command]);
      const { data } = await mine.listEvents();
      expect(data.map(({ id }) => id)).toEqual([JSON.parse(stdout).id]);
    }
    await run.stopAll('SIGINT');
    await expect(fetch(url)).rejects.toThrow();
  });

  test('it prints a URL that signs in to the dashboard as an admin', async () => {
    const { run, url } = await runs.serving({ env: { DATA_DIR: await runs.directory() } });
    const [, page, token] = await run.prints(/Dashboard +(\S+)#(\S+)\n/);
    expect(page).toBe(`${url}/portal`);
    const answer = await fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...ofDashboard },
      body: JSON.stringify({ portal_token: token }),
    });
    const organization = { name: 'My first organization' };
    expect(await answer.json()).toMatchObject({ organization, scopes: expect.arrayContaining(['admin']) });
  });

  test('a restart keeps the keys and the data, and makes no second organization', async () => {
    const env = { DATA_DIR: await runs.directory() };
    const first = await runs.serving({ env });
    const [, apiKey = ''] = await first.run.prints(/API key +(sk_live_\S+)\n/);
    const [, root = ''] = await first.run.prints(/Root key +(\S+)\n/);
    const body = { provider: 'boltly', events: ['message.read'], url: 'http://127.0.0.1:3999/' };
    const { id } = await client(first.url, apiKey).createWebhook({ body });
    await first.run.stop();
    const second = await runs.serving({ env });
    await second.run.prints(new RegExp(`API key +${apiKey}\n`));
    expect(await client(second.url, apiKey).getWebhook({ params: { id } })).toMatchObject(body);
    expect((await client(second.url, root).listOrganizations()).data).toHaveLength(1);
  });

  test('without DATA_DIR the data is beside where it was started, for the eyes of its owner alone', async () => {
    const workingDirectory = await runs.directory();
    const { run } = await runs.serving({ workingDirectory });
    expect(await readdir(join(workingDirectory, 'data'))).toContain('bellhop.db');
    for (const [file, mode] of await modesIn(join(workingDirectory, 'data')))
      expect({ file, mode }).toEqual({ file, mode: 0 });
    expect((await stat(join(workingDirectory, 'data'))).mode & 0o077).toBe(0);
    const [, reference = ''] = await run.prints(/Reference +(\S+)\n/);
    expect((await fetch(reference)).status).toBe(200);
  });

  test('files that others could read are taken away from them; the directory is left as it is', async () => {
    const env = { DATA_DIR: await runs.directory() };
    const first = await runs.serving({ env });
    await first.run.stop();
    await chmod(env.DATA_DIR, 0o755);
    const names = ['bellhop.db', 'bellhop.db.lock', 'development-keys.json'];
    for (const name of names) await chmod(join(env.DATA_DIR, name), 0o644);
    await runs.serving({ env });
    const modes = await modesIn(env.DATA_DIR);
    expect(modes.map(([name]) => name)).toEqual(expect.arrayContaining([...names, 'bellhop.db-wal', 'bellhop.db-shm']));
    for (const [file, mode] of modes) expect({ file, mode }).toEqual({ file, mode: 0 });
    expect((await stat(env.DATA_DIR)).mode & 0o777).toBe(0o755);
  });
});
