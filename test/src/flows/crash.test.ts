import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@bellhop/shared';
import { expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.ts';
import { Receiver } from '../harness/receiver.ts';
import { ServerRun } from '../harness/server-run.ts';
import { firstEventType } from './support.ts';

const kills = 4;
const publishers = 8;

test('SIGKILL at random moments: every acknowledged event reaches its receiver, duplicates under the same id', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-crash-'));
  const receiver = await Receiver.start();
  const { type, sample } = firstEventType('boltly');
  const acknowledged = new Set<string>();
  let server = await start(dataDir);
  try {
    const body = { provider: 'boltly', events: [type], url: receiver.url() };
    await createClient({ baseUrl: server.url, apiKey: server.apiKey }).createWebhook({ body });

    for (let kill = 0; kill < kills; kill += 1) {
      const current = server;
      const publishing = Array.from({ length: publishers }, () => publishUntilCut(current, acknowledged, type, sample));
      const before = acknowledged.size;
      const moment = 20 + Math.floor(Math.random() * 200);
      await eventually(
        async () => acknowledged.size,
        (count) => count >= before + moment,
      );
      await current.run.stopAll('SIGKILL');
      await Promise.all(publishing);
      server = await start(dataDir);
    }

    const received = () => new Set(receiver.received.map(({ json }) => String(json.id)));
    await eventually(
      async () => [...acknowledged].filter((id) => !received().has(id)).length,
      (missing) => missing === 0,
    );
    const bodies = Map.groupBy(receiver.received, ({ json }) => json.id);
    for (const copies of bodies.values()) expect(new Set(copies.map((copy) => copy.body)).size).toBe(1);
  } finally {
    await server.run.stopAll('SIGKILL');
    await receiver.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 60_000);

interface Serving {
  readonly run: ServerRun;
  readonly url: string;
  readonly apiKey: string;
}

async function start(dataDir: string): Promise<Serving> {
  const run = new ServerRun({ env: { DATA_DIR: dataDir } });
  const [, url = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
  const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
  return { run, url, apiKey };
}

/** Publishes one event after the other until the server is gone, and keeps the ids that were acknowledged. */
async function publishUntilCut(
  server: Serving,
  acknowledged: Set<string>,
  type: string,
  data: Parameters<ReturnType<typeof createClient>['publishEvent']>[0]['body']['data'],
): Promise<void> {
  const client = createClient({ baseUrl: server.url, apiKey: server.apiKey });
  for (;;) {
    try {
      acknowledged.add((await client.publishEvent({ body: { provider: 'boltly', type, data } })).id);
    } catch {
      return;
    }
  }
}
