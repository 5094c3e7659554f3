import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@bellhop/shared';
import { ApiError, createClient } from '@bellhop/shared';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import type { Answer, Answering } from '../harness/receiver.ts';
import { Receiver } from '../harness/receiver.ts';
import { repository, ServerRun } from '../harness/server-run.ts';
import { SmallDisk } from '../harness/small-disk.ts';
import { firstEventType } from './support.ts';

/* Everything of the server is on one small disk: its store, its log, its temporary files. The disk is a real one. */

const trial = SmallDisk.mount(1);
trial?.unmount();
const possible = trial !== undefined;
const why = possible ? '' : ' (skipped: it takes Linux and root to mount a small disk)';

const { type, sample } = firstEventType('boltly');
/** Large enough for a few hundred of them to fill what is left of the disk. */
const data = { ...sample, padding: 'x'.repeat(10_000) };

let disk: SmallDisk;
let runs: ServerRun[];
let receivers: Receiver[];

beforeEach(() => {
  const mounted = possible ? SmallDisk.mount(24) : undefined;
  if (!mounted) return;
  disk = mounted;
  runs = [];
  receivers = [];
  mkdirSync(join(disk.path, 'tmp'));
  writeFileSync(join(disk.path, 'bellhop.config.ts'), 'export default { shutdownSeconds: 1 };\n');
});

afterEach(async () => {
  if (!possible) return;
  await Promise.all(runs.map((run) => run.stopAll('SIGKILL')));
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  disk.unmount();
});

interface Serving {
  readonly run: ServerRun;
  readonly url: string;
  readonly apiKey: string;
  readonly client: Client;
  readonly log: () => Promise<string>;
}

/** A run of the server on the disk, its output in a file there. */
function run(output: string): ServerRun {
  const started = new ServerRun({
    env: { DATA_DIR: join(disk.path, 'data'), TMPDIR: join(disk.path, 'tmp') },
    workingDirectory: disk.path,
    command: ['sh', '-c', `exec "${process.execPath}" "${repository}server/src/main.ts" > "${output}"`],
  });
  runs.push(started);
  return started;
}

async function serve(name: string): Promise<Serving> {
  const output = join(disk.path, name);
  const started = run(output);
  const log = () => readFile(output, 'utf8').catch(() => '');
  const banner = await eventually(log, (text) => /Reference/.test(text));
  const [, url = ''] = /ready at (\S+)\n/.exec(banner) ?? [];
  const [, apiKey = ''] = /API key +(sk_live_\S+)\n/.exec(banner) ?? [];
  return { run: started, url, apiKey, client: createClient({ baseUrl: url, apiKey }), log };
}

async function webhook(client: Client, answer: Answering | Answer = {}): Promise<Receiver> {
  const receiver = await Receiver.start(answer);
  receivers.push(receiver);
  await client.createWebhook({ body: { provider: 'boltly', events: [type], url: receiver.url() } });
  return receiver;
}

/** Publishes until the disk has refused so many, and answers the ids that were acknowledged. */
async function publishUntilRefused(client: Client, refusals: number): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let refused = 0; refused < refusals; ) {
    try {
      acknowledged.push((await client.publishEvent({ body: { provider: 'boltly', type, data } })).id);
    } catch (error) {
      expect(error).toBeInstanceOf(ApiError);
      expect(['507 storage_full', '503 unavailable']).toContain(
        error instanceof ApiError && `${error.status} ${error.problem?.code}`,
      );
      refused += 1;
    }
  }
  return acknowledged;
}

function idsOf(receiver: Receiver): unknown[] {
  return receiver.received.map(({ json }) => json.id);
}

(possible ? describe : describe.skip)(`the disk is full${why}`, () => {
  test('publishing is refused, reading works, nothing is sent twice; with room again all that was acknowledged arrives', async () => {
    const { client, log } = await serve('log');
    const quick = await webhook(client);
    const held = Promise.withResolvers<void>();
    const slow = await webhook(client, async () => {
      await held.promise;
      return {};
    });
    disk.fill(6);
    const acknowledged = await publishUntilRefused(client, 30);
    expect(acknowledged.length).toBeGreaterThan(50);
    expect((await client.listWebhooks()).data).toHaveLength(2);
    // Answers that cannot be written down, while there is no room.
    held.resolve();
    await slow.atLeast(2);
    const refused = await publishUntilRefused(client, 10);

    disk.makeRoom();
    acknowledged.push(...refused, (await client.publishEvent({ body: { provider: 'boltly', type, data } })).id);
    for (const receiver of [quick, slow]) {
      await receiver.atLeast(acknowledged.length);
      expect(idsOf(receiver).toSorted()).toEqual(acknowledged.toSorted());
    }
    const { data: webhooks } = await client.listWebhooks();
    for (const { id } of webhooks) {
      await eventually(
        () => client.listDeliveries({ params: { id }, query: { limit: 100 } }),
        (page) => page.data.every(({ status }) => status === 'delivered'),
      );
    }
    expect(await eventually(log, (text) => text.includes('recording results failed'))).toContain('"attempt"');
  });

  test('a key that is used for the first time may read', async () => {
    const { url, apiKey, client } = await serve('log');
    const { organization } = await client.getMe();
    const body = { name: 'second', scopes: ['webhooks:read' as const] };
    const { key } = await client.createApiKey({ params: { id: organization?.id ?? '' }, body });
    expect(key).not.toBe(apiKey);
    disk.fill(0);
    await publishUntilRefused(client, 5);
    const second = createClient({ baseUrl: url, apiKey: key });
    expect((await second.listWebhooks()).data).toEqual([]);
  });

  test('told to stop, it stops; killed and started while there is no room, it says so; with room it sends the rest', async () => {
    const first = await serve('log');
    const receiver = await webhook(first.client, () => 'hang');
    disk.fill(4);
    const acknowledged = await publishUntilRefused(first.client, 5);
    await first.run.stopAll('SIGKILL');
    disk.makeRoom();
    disk.fill(0);

    const { code, output } = await run('/dev/null').ended;
    expect(code).toBe(1);
    expect(output.trim()).toBe(`The disk of ${join(disk.path, 'data')} is full. Make room there and start again.`);

    disk.makeRoom();
    receiver.answer({ status: 200 });
    const second = await serve('log-2');
    await eventually(
      async () => idsOf(receiver),
      (arrived) => acknowledged.every((id) => arrived.includes(id)),
    );
    disk.fill(0);
    await publishUntilRefused(second.client, 3);
    expect(await second.run.stop('SIGTERM')).toEqual({ code: 0, signal: null, output: '' });
  });
});
