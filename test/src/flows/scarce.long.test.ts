import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { Receiver } from '../harness/receiver.ts';
import { repository, ServerRun } from '../harness/server-run.ts';
import { firstEventType } from './support.ts';

/* A server that has very little of something, under load. A small disk: disk-full.long.test.ts. */

const { type, sample } = firstEventType('inboundflow');
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(...parameters: string[]) {
  const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-scarce-'));
  ends.push(() => rm(dataDir, { recursive: true, force: true }));
  const run = new ServerRun({
    env: { DATA_DIR: dataDir },
    command: [process.execPath, ...parameters, `${repository}server/src/main.ts`],
  });
  ends.push(() => run.stopAll('SIGKILL'));
  const [, url = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
  const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
  return { run, client: createClient({ baseUrl: url, apiKey }) };
}

/** Ten webhooks at a receiver, and what was acknowledged for them. */
class Load {
  readonly #client: Client;
  readonly #receiver: Receiver;
  readonly #padding: string;
  readonly #webhooks: string[] = [];
  #accepted = 0;

  private constructor(client: Client, receiver: Receiver, padding: string) {
    this.#client = client;
    this.#receiver = receiver;
    this.#padding = padding;
  }

  static async on(client: Client, { bytes = 0 } = {}): Promise<Load> {
    const receiver = await Receiver.start(() => 'hang');
    ends.push(() => receiver.stop());
    const load = new Load(client, receiver, 'x'.repeat(bytes));
    for (let number = 0; number < 10; number += 1) {
      const url = receiver.url(`/${number}`);
      const { id } = await client.createWebhook({ body: { provider: 'inboundflow', events: [type], url } });
      load.#webhooks.push(id);
    }
    return load;
  }

  /** So many, four at a time; a request that is not answered is made again. */
  async publish(count: number): Promise<void> {
    let next = 0;
    const work = async () => {
      while (next < count) {
        const mark = this.#accepted + next++;
        const body = { provider: 'inboundflow', type, data: { ...sample, mark, padding: this.#padding } };
        const publish = () =>
          this.#client.publishEvent({ body, headers: { 'idempotency-key': String(mark) } }).catch(() => null);
        await eventually(publish, (answer) => answer !== null);
      }
    };
    await Promise.all([1, 2, 3, 4].map(work));
    this.#accepted += count;
  }

  /** The receiver answers from now on. Resolves when every event arrived at every webhook. */
  async delivered(): Promise<void> {
    this.#receiver.answer({});
    const arrived = new Set<string>();
    let seen = 0;
    const count = async () => {
      for (const { path, body } of this.#receiver.received.slice(seen)) {
        arrived.add(`${path} ${/"mark":(\d+)/.exec(body)?.[1]}`);
        seen += 1;
      }
      return arrived.size;
    };
    const all = this.#accepted * this.#webhooks.length;
    for (let known = -1; known < all; ) {
      const before = known;
      known = await eventually(count, (size) => size > before);
    }
  }

  async statuses(): Promise<string[]> {
    const all = await Promise.all(this.#webhooks.map((id) => this.#client.getWebhook({ params: { id } })));
    return [...new Set(all.map(({ status }) => status))];
  }
}

test('64 file descriptors: what was acknowledged arrives, and nobody is charged', async () => {
  const { run, client } = await serve();
  execFileSync('prlimit', ['--pid', String(run.pid), '--nofile=64:']);
  const load = await Load.on(client);
  await load.publish(300);
  await load.delivered();
  expect(await load.statuses()).toEqual(['active']);
});

test('128 MB of memory, and events of 100 kB for receivers that hang: what was acknowledged arrives', async () => {
  const { run, client } = await serve('--max-old-space-size=128');
  const load = await Load.on(client, { bytes: 100_000 });
  await load.publish(400);
  await load.delivered();
  expect(await load.statuses()).toEqual(['active']);
  expect(run.output).not.toContain('heap out of memory');
});
