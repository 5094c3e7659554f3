import { readFile } from 'node:fs/promises';
import { createClient } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { Runs } from '../api/runs.ts';
import { problemOf } from '../api/support.ts';
import { repository } from '../harness/server-run.ts';
import { documented, open, Stranger } from './stranger.ts';

const runs = new Runs();
const minutes = 60_000;
const guide = 'docs/operate.md';

/** The documented start, with a data directory of this test's; the shell also says which root key it made. */
async function startedBy(stranger: Stranger) {
  const start = (await documented(guide, 'export NODE_ENV=production'))
    .replace('/var/lib/bellhop', await runs.directory())
    .replace(/^npm start$/m, 'echo "root $BELLHOP_ROOT_KEY"\nnpm start');
  const { run, url } = await stranger.serving(start);
  const [, rootKey = ''] = await run.prints(/^root (\w+)$/m);
  return { run, url, rootKey, root: createClient({ baseUrl: url, apiKey: rootKey }) };
}

/** The documented calls with the root key: an organization and an API key of it. */
async function firstTenant(stranger: Stranger, { url, rootKey }: { url: string; rootKey: string }) {
  const calls = await documented(guide, '$BELLHOP/v1/organizations');
  const [organize = '', issue = ''] = calls.split(/^(?=curl )/m);
  const variables = { BELLHOP: url, BELLHOP_ROOT_KEY: rootKey };
  const { id } = JSON.parse(await stranger.does(organize, variables));
  const { key } = JSON.parse(await stranger.does(issue, { ...variables, ORG: id }));
  return { id, client: createClient({ baseUrl: url, apiKey: key }) };
}

const event = { provider: 'boltcall', type: 'new_lead', data: { id: 'lead_1', name: 'Jane Smith' } };

describe('a production start as documented', { timeout: 10 * minutes }, () => {
  test('has a dashboard, although what builds it is gone', async () => {
    const stranger = await Stranger.clone(runs);
    // As where the next version is installed: the variables of production are set already.
    await stranger.does(await documented(guide, 'npm prune'), { NODE_ENV: 'production' });
    const server = await startedBy(stranger);
    const { id, client } = await firstTenant(stranger, server);
    expect(await client.publishEvent({ body: event })).toMatchObject({ id: expect.any(String) });
    const { url } = await server.root.createPortalLink({ params: { id } });
    await open(url.replace(/^https/, 'http'));
    expect(await stranger.does('npx bellhop help')).toContain('bellhop [command]');
  });

  test('without development dependencies serves all but the dashboard, and says what builds it', async () => {
    const install = 'npm ci --omit=dev';
    expect(await readFile(`${repository}${guide}`, 'utf8')).toContain(`\`${install}\``);
    const stranger = await Stranger.clone(runs);
    await stranger.does(install);
    const server = await startedBy(stranger);
    const [, place = '', command = ''] = await server.run.prints(/run in (.+):\n +(.+)\n/);
    expect(place).toBe(stranger.directory);
    const { id, client } = await firstTenant(stranger, server);
    expect(await client.publishEvent({ body: event })).toMatchObject({ id: expect.any(String) });
    const refused = { status: 503, detail: expect.stringContaining(command) };
    expect(await problemOf(server.root.createPortalLink({ params: { id } }))).toMatchObject(refused);
    expect((await fetch(server.url)).status).toBe(503);

    await stranger.does(command, { NODE_ENV: 'production' });
    const { url } = await server.root.createPortalLink({ params: { id } });
    await open(url.replace(/^https/, 'http'));
  });
});
