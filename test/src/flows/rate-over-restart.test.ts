import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInProviders } from '@bellhop/shared';
import { afterAll, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { freshDatabase } from '../harness/postgres/database.ts';
import { Receiver } from '../harness/receiver.ts';

const ends: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bellhop-test-'));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const provider = builtInProviders[0];
const [type = '', eventType] = Object.entries(provider?.events ?? {})[0] ?? [];
const event = { provider: provider?.id ?? '', type, data: eventType?.sample ?? {} };
const rate = { requests: 3, seconds: 2 };

test.each([
  ['SQLite', async () => ({ dataDir: await emptyDirectory() })],
  ['PostgreSQL', async () => ({ dataDir: await emptyDirectory(), databaseUrl: await freshDatabase() })],
])('a rate is not exceeded because the server starts again, over %s', async (_, place) => {
  const options = await place();
  const receiver = await Receiver.start({});
  ends.push(() => receiver.stop());
  const first = await TestBellhop.start(options);
  const { client } = await first.tenant();
  await client.createWebhook({
    body: { provider: event.provider, events: [type], url: receiver.url('/hook'), rate_limit: rate },
  });
  for (let published = 0; published < 6; published += 1) await client.publishEvent({ body: event });
  await receiver.atLeast(rate.requests);
  await first.stop();
  const second = await TestBellhop.start(options);
  ends.push(() => second.stop());
  await receiver.atLeast(6);
  const [oldest = 0, , , fourth = 0] = receiver.received.map(({ at }) => at);
  expect(receiver.received).toHaveLength(6);
  // Some milliseconds less, as requests are not equally long on their way.
  expect(fourth - oldest).toBeGreaterThanOrEqual(rate.seconds * 1000 - 50);
});
