import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, OperationOutput } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import { expect, test } from 'vitest';
import { allOf } from '../harness/all-of.ts';
import { eventually } from '../harness/eventually.ts';
import { Receiver } from '../harness/receiver.ts';
import { ServerRun } from '../harness/server-run.ts';
import { firstEventType } from './support.ts';

type Job = OperationOutput<'getJob'>;

const deliveries = 6000;
const since = '2026-01-01T00:00:00Z';

test('SIGKILL in the middle of jobs: they go on by themselves, and take each delivery exactly once', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-job-crash-'));
  const receiver = await Receiver.start();
  let server = await start(dataDir);
  /** Kills the server when a job is about in the middle, starts it again, and waits for the job's end. */
  const killedInTheMiddle = async ({ id }: Job): Promise<Job> => {
    const half = await watched(server.client, id, ({ examined }) => examined > 0);
    await server.run.stopAll('SIGKILL');
    expect(half).toMatchObject({ status: 'running' });
    server = await start(dataDir);
    return watched(server.client, id, ({ status }) => status === 'completed');
  };
  try {
    const { type, sample } = firstEventType('boltly');
    const body = { provider: 'boltly', events: [type], url: receiver.url() };
    const params = { id: (await server.client.createWebhook({ body })).id };
    await server.client.pauseWebhook({ params });
    const ids: string[] = [];
    for (let batch = 0; batch < deliveries / 1000; batch += 1) {
      const events = Array.from({ length: 1000 }, () => ({ provider: 'boltly', type, data: sample }));
      ids.push(...allOf(await server.client.publishBatch({ body: { events } })));
    }

    const exactly = { status: 'completed', examined: deliveries, affected: deliveries };
    expect(await killedInTheMiddle(await server.client.discardBacklog({ params }))).toMatchObject(exactly);
    expect(await server.client.getBacklog({ params })).toMatchObject({ deliveries: 0 });

    const recovery = { since, outcomes: ['discarded' as const] };
    const job = await server.client.recoverWebhook({ params, body: recovery });
    expect(await killedInTheMiddle(job)).toMatchObject(exactly);
    expect(await server.client.getBacklog({ params })).toMatchObject({ deliveries });

    await server.client.resumeWebhook({ params });
    await receiver.atLeast(deliveries);
    await eventually(
      () => server.client.getBacklog({ params }),
      (backlog) => backlog.deliveries === 0,
    );
    expect(receiver.received.map(({ json }) => String(json.id)).toSorted()).toEqual(ids.toSorted());
  } finally {
    await server.run.stopAll('SIGKILL');
    await receiver.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 60_000);

interface Serving {
  readonly run: ServerRun;
  readonly client: Client;
}

async function start(dataDir: string): Promise<Serving> {
  const run = new ServerRun({ env: { DATA_DIR: dataDir } });
  const [, baseUrl = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
  const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
  return { run, client: createClient({ baseUrl, apiKey }) };
}

function watched(client: Client, id: string, satisfied: (job: Job) => boolean): Promise<Job> {
  return eventually(() => client.getJob({ params: { id } }), satisfied);
}
