import { createClient } from '@bellhop/shared';
import { expect, test } from 'vitest';
import { TestBellhop } from '../../harness/bellhop.ts';
import { ManualClock } from '../../harness/manual-clock.ts';
import { freshDatabase } from '../../harness/postgres/database.ts';

const unauthorized = { status: 401, problem: { code: 'unauthorized' } };

test('another node believes a key for five seconds after its maker was revoked, and makes nothing with it', async () => {
  const options = { clock: new ManualClock(), databaseUrl: await freshDatabase() };
  const [here, there] = [await TestBellhop.start(options), await TestBellhop.start(options)];
  const { organizationId, client } = await here.tenant();
  const params = { id: organizationId };
  const body = { name: 'made', scopes: ['admin' as const] };
  const below = await client.createApiKey({ params, body });
  const far = createClient({ baseUrl: there.url, apiKey: below.key });
  const made = await far.createApiKey({ params, body });
  await here.root.revokeApiKey({ params: { ...params, key_id: below.ends_with?.id ?? '' } });
  await far.getMe();
  await expect(far.createApiKey({ params, body })).rejects.toMatchObject(unauthorized);
  options.clock.advance(5000);
  for (const apiKey of [below.key, made.key]) {
    await expect(createClient({ baseUrl: there.url, apiKey }).getMe()).rejects.toMatchObject(unauthorized);
  }
  expect((await there.root.listApiKeys({ params })).data).toEqual([]);
  await there.stop();
  await here.stop();
});
