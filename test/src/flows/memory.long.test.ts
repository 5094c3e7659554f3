import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@bellhop/shared';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { pour, RawReceiver } from '../harness/raw-receiver.ts';
import { repository, ServerRun } from '../harness/server-run.ts';
import { happened, hasty } from './hasty.ts';

const megabyte = 1024 * 1024;
const piece = Buffer.alloc(64 * 1024, 'x');

interface Memory {
  readonly heapUsed: number;
  readonly arrayBuffers: number;
  readonly peakRss: number;
}

function held({ heapUsed, arrayBuffers }: Memory): number {
  return heapUsed + arrayBuffers;
}

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** A server in a process of its own that tells how much memory it uses. */
async function startMeasured() {
  const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-memory-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const config = `${repository}test/src/flows/measured.config.ts`;
  const run = new ServerRun({
    env: { DATA_DIR: dataDir, BELLHOP_CONFIG: config },
    command: [process.execPath, '--expose-gc', `${repository}server/src/main.ts`],
  });
  cleanups.push(() => run.stopAll('SIGKILL'));
  const [, url = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
  const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
  let reports = 0;
  return {
    client: createClient({ baseUrl: url, apiKey }),
    measure: async (): Promise<Memory> => {
      run.signal('SIGUSR2');
      reports += 1;
      const [, report = ''] = await run.prints(new RegExp(`\nmemory ${reports} (.*)\n`));
      return JSON.parse(report);
    },
  };
}

test('receivers that send 100 MB or without end cost no memory, however often', async () => {
  const { client, measure } = await startMeasured();
  const bodies: [head: string, piece: Buffer, pieces?: number][] = [
    [`content-length: ${100 * megabyte}`, piece, (100 * megabyte) / piece.length],
    ['transfer-encoding: chunked', Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')])],
    ['content-encoding: gzip', piece],
  ];
  const receivers = await Promise.all(
    [...bodies, ...bodies].map(([head, ...body]) =>
      RawReceiver.answering((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`);
        pour(socket, ...body);
      }),
    ),
  );
  for (const receiver of receivers) {
    cleanups.push(() => receiver.stop());
    const url = `http://127.0.0.1:${receiver.port}/`;
    await client.createWebhook({ body: { provider: hasty.id, events: [happened.type], url } });
  }
  const requests = () => receivers.reduce((sum, { connections }) => sum + connections, 0);
  const load = async (events: number) => {
    const expected = requests() + events * receivers.length;
    await client.publishBatch({ body: { events: Array.from({ length: events }, () => happened) } });
    await eventually(
      async () => requests(),
      (count) => count >= expected,
    );
  };

  await load(50);
  const before = await measure();
  for (let round = 0; round < 3; round += 1) await load(100);
  // 16 KiB of each of 1,800 answers went to the log: 28 MiB, if anything held on to them. What is free is not all given
  // back at once.
  const after = await eventually(measure, (now) => held(now) - held(before) < 16 * megabyte);
  // Dozens of these answers are being read at any time, and each that were read whole would take 100 MB and more.
  expect(after.peakRss - before.peakRss).toBeLessThan(400 * megabyte);
}, 90_000);
