import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type NameServer, openNameServer, silence, type Zone } from '@bellhop/server/test/target/support/name-server';
import type { Client } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { freshDatabase } from '../harness/postgres/database.ts';
import { Receiver } from '../harness/receiver.ts';
import { ServerRun } from '../harness/server-run.ts';
import { firstEventType } from './support.ts';

/* Faults of the servers' own side for 15 seconds, under 5 events a second to ten webhooks each. */

const kinds = [
  { provider: 'inboundflow', format: 'provider' },
  { provider: 'boltcall', format: 'provider' },
  { provider: 'boltly', format: 'provider' },
  { provider: 'boltly', format: 'standard' },
] as const;
const perKind = 10;
const faultSeconds = 15;
const rootKey = 'root_key_of_the_tests_0123456789';

interface Fault {
  readonly begin: (scene: Scene) => Promise<void> | void;
  readonly end: (scene: Scene) => Promise<void> | void;
  /** What the log names. */
  readonly part: RegExp;
  /** Whether it shows. Default: yes. */
  readonly isCertain?: boolean;
  readonly proxied?: boolean;
}

const ofZone = (zone: Zone): Fault => ({
  begin: (scene) => {
    scene.zone = zone;
  },
  end: (scene) => {
    scene.zone = here;
  },
  part: /^network$/,
});

const ofProxy = (answers: number | 'hang up'): Fault => ({
  begin: (scene) => {
    scene.proxyAnswers = answers;
  },
  end: (scene) => {
    scene.proxyAnswers = 200;
  },
  part: /^network$/,
  proxied: true,
});

const here: Zone = (_, type) => (type === 'A' ? ['127.0.0.1'] : []);

const faults: Readonly<Record<string, Fault>> = {
  'the name server is not there': {
    begin: (scene) => scene.names.close(),
    end: async (scene) => {
      await scene.openNames();
    },
    part: /^network$/,
  },
  'the name server fails': ofZone(() => 'SERVFAIL'),
  'the name server refuses': ofZone(() => 'REFUSED'),
  'the name server is silent': ofZone(() => silence),
  // No machine has a route to the addresses of documents (RFC 3849).
  'there is no route': ofZone((_, type) => (type === 'AAAA' ? ['2001:db8::1'] : [])),
  'the proxy is overloaded': ofProxy(503),
  'the proxy refuses its password': ofProxy(407),
  'the proxy is dead': ofProxy('hang up'),
  'descriptors are short': {
    begin: (scene) => scene.limitDescriptors((open) => open),
    end: (scene) => scene.limitDescriptors(() => 4096),
    part: /^network$/,
    // Connections that end make room for others.
    isCertain: false,
  },
  "the providers' files throw": {
    begin: (scene) => writeFile(scene.flag, ''),
    end: (scene) => rm(scene.flag),
    part: /^provider /,
  },
};

/** Servers, their name server, their proxy and a receiver behind any name. */
class Scene {
  zone: Zone = here;
  proxyAnswers: number | 'hang up' = 200;
  names!: NameServer;
  readonly directory: string;
  readonly receiver: Receiver;
  readonly #proxy: Server;
  readonly #databaseUrl: string | undefined;
  servers: { run: ServerRun; url: string }[] = [];

  private constructor(directory: string, receiver: Receiver, proxy: Server, databaseUrl: string | undefined) {
    this.directory = directory;
    this.receiver = receiver;
    this.#proxy = proxy;
    this.#databaseUrl = databaseUrl;
  }

  static async open(nodes: number, proxied: boolean): Promise<Scene> {
    const directory = await mkdtemp(join(tmpdir(), 'bellhop-faults-'));
    const receiver = await Receiver.start({ headers: { connection: 'close' } });
    const proxy = createServer();
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const scene = new Scene(directory, receiver, proxy, nodes > 1 ? await freshDatabase() : undefined);
    proxy.on('connect', (_, client: Socket) => scene.#tunnel(client));
    await scene.openNames();
    await scene.serve(nodes, proxied ? { FAULT_PROXY: `http://127.0.0.1:${portOf(proxy)}` } : {});
    return scene;
  }

  get flag(): string {
    return join(this.directory, 'broken');
  }

  async openNames(): Promise<void> {
    const port = this.names ? Number(this.names.address.split(':')[1]) : 0;
    this.names = await openNameServer((...query) => this.zone(...query), { ttl: 0, port });
  }

  /** Starts so many servers. */
  async serve(nodes: number, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const runs = Array.from(
      { length: nodes },
      (_, node) =>
        new ServerRun({
          env: {
            BELLHOP_ROOT_KEY: rootKey,
            BELLHOP_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
            BELLHOP_CONFIG: fileURLToPath(new URL('own-faults.config.ts', import.meta.url)),
            DATA_DIR: join(this.directory, String(node)),
            DATABASE_URL: this.#databaseUrl ?? '',
            FAULT_FILE: this.flag,
            FAULT_NAME_SERVER: this.names.address,
            ...env,
          },
        }),
    );
    this.servers = await Promise.all(
      runs.map(async (run) => {
        const [, url = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
        return { run, url };
      }),
    );
  }

  /** Stops the servers and starts as many. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await Promise.all(this.servers.map(({ run }) => run.stop()));
    await this.serve(this.servers.length, env);
  }

  limitDescriptors(limit: (open: number) => number): void {
    for (const { run } of this.servers) {
      const open = readdirSync(`/proc/${run.pid}/fd`).length;
      execFileSync('prlimit', ['--pid', String(run.pid), `--nofile=${limit(open)}:`]);
    }
  }

  #tunnel(client: Socket): void {
    client.on('error', () => {});
    if (this.proxyAnswers === 'hang up') return void client.destroy();
    if (this.proxyAnswers !== 200) return void client.end(`HTTP/1.1 ${this.proxyAnswers} No\r\n\r\n`);
    const port = Number(new URL(this.receiver.url()).port);
    const target = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    target.on('error', () => client.destroy());
    client.on('close', () => target.destroy());
    target.pipe(client).pipe(target);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map(({ run }) => run.stopAll('SIGKILL')));
    await this.names.close();
    await this.receiver.stop();
    this.#proxy.closeAllConnections();
    await new Promise((resolve) => this.#proxy.close(resolve));
    await rm(this.directory, { recursive: true, force: true });
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

interface Place {
  readonly kind: number;
  readonly provider: string;
  readonly format: 'provider' | 'standard';
  readonly number: number;
}

/** Ten webhooks of each kind; the first of each keeps its order. */
class Load {
  readonly #scene: Scene;
  /** Of the organization of each kind. */
  readonly #apiKeys: readonly string[];
  readonly #webhooks: { readonly id: string; readonly kind: number; readonly path: string }[] = [];
  /** The kind of each event, in the order of their publishing. */
  readonly #published: number[] = [];
  #turn = 0;

  private constructor(scene: Scene, apiKeys: readonly string[]) {
    this.#scene = scene;
    this.#apiKeys = apiKeys;
  }

  static async prepare(scene: Scene): Promise<Load> {
    const root = createClient({ baseUrl: scene.servers[0]?.url ?? '', apiKey: rootKey });
    const apiKeys: string[] = [];
    for (const { provider, format } of kinds) {
      const { id } = await root.createOrganization({ body: { name: `${provider} ${format}` } });
      const scopes = ['admin' as const, 'events:write' as const];
      apiKeys.push((await root.createApiKey({ params: { id }, body: { name: 'test', scopes } })).key);
    }
    const load = new Load(scene, apiKeys);
    for (const [kind, { provider, format }] of kinds.entries()) {
      for (let number = 0; number < perKind; number += 1) await load.#create({ kind, provider, format, number });
    }
    return load;
  }

  async #create({ kind, provider, format, number }: Place) {
    const path = `/${kind}/${number}`;
    const { port } = new URL(this.#scene.receiver.url());
    const url = `http://${provider}-${format}-${number}.example:${port}${path}`;
    const ordering = number === 0 ? ('fifo' as const) : ('parallel' as const);
    const body = { provider, format, events: [firstEventType(provider).type], url, ordering };
    const { id } = await this.#client(kind).createWebhook({ body });
    this.#webhooks.push({ id, kind, path });
  }

  /** Of each node in turn. */
  #client(kind: number): Client {
    this.#turn += 1;
    const { servers } = this.#scene;
    const baseUrl = servers[this.#turn % servers.length]?.url ?? '';
    return createClient({ baseUrl, apiKey: this.#apiKeys[kind] ?? '' });
  }

  /** So many events, of each kind in turn, each accepted before the next. */
  async publish(count: number): Promise<void> {
    for (let event = 0; event < count; event += 1) {
      const mark = this.#published.length;
      const kind = mark % kinds.length;
      const { provider } = kinds[kind] ?? kinds[0];
      const { type, sample } = firstEventType(provider);
      const body = { provider, type, data: { ...sample, mark } };
      const headers = { 'idempotency-key': String(mark) };
      // Without descriptors, a server cannot take a connection.
      const publish = () =>
        this.#client(kind)
          .publishEvent({ body, headers })
          .catch(() => null);
      await eventually(publish, (answer) => answer !== null);
      this.#published.push(kind);
    }
  }

  /** The events that arrived at each webhook, by their numbers, in the order of their first arrival. */
  arrived(): Map<string, number[]> {
    const byPath = new Map<string, Set<number>>(this.#webhooks.map(({ path }) => [path, new Set()]));
    for (const { path, body } of this.#scene.receiver.received) {
      byPath.get(path)?.add(Number(/"mark":(\d+)/.exec(body)?.[1]));
    }
    return new Map([...byPath].map(([path, marks]) => [path, [...marks]]));
  }

  /** Resolves when each event arrived at each of its webhooks: 16 seconds after a fault, unless the machine is busy. */
  async delivered(): Promise<void> {
    const wanted = this.#published.length * perKind;
    await eventually(
      async () => [...this.arrived().values()].reduce((sum, ids) => sum + ids.length, 0),
      (count) => count >= wanted,
    );
  }

  /** What is not as it was before the fault. */
  async problems(): Promise<string[]> {
    const arrived = this.arrived();
    const found = await Promise.all(
      this.#webhooks.map(async ({ id, kind, path }) => {
        const { status, consecutive_failures: failures } = await this.#client(kind).getWebhook({ params: { id } });
        const marks = arrived.get(path) ?? [];
        const inOrder = !path.endsWith('/0') || marks.every((mark, index) => mark === kind + index * kinds.length);
        return [
          ...(status === 'active' ? [] : [`${path} is ${status}`]),
          ...(failures === 0 ? [] : [`${path} has ${failures} failures`]),
          ...(inOrder ? [] : [`${path} is out of order`]),
        ];
      }),
    );
    return found.flat();
  }
}

/** What the logs say of each part, node by node, once all of it is over. */
async function saidBy(runs: readonly ServerRun[], part: RegExp, isCertain: boolean): Promise<string[][]> {
  const ofAll = async () =>
    runs.flatMap((run) => {
      const byPart = new Map<string, string[]>();
      for (const [, line = ''] of run.output.matchAll(/(\{.*"msg":"deliveries are hindered.*\})/g)) {
        const { part: of, msg } = JSON.parse(line) as { part: string; msg: string };
        expect(of).toMatch(part);
        byPart.set(of, [...(byPart.get(of) ?? []), msg.replace('deliveries are ', '')]);
      }
      return [...byPart.values()];
    });
  return eventually(ofAll, (said) => (said.length > 0 || !isCertain) && said.every((lines) => lines.length > 1));
}

describe.each([
  ['SQLite', 1],
  ['two nodes on PostgreSQL', 2],
] as const)('%s', (_, nodes) => {
  test.concurrent.each(Object.keys(faults))('%s for 15 seconds', async (name) => {
    const fault = faults[name] as Fault;
    const scene = await Scene.open(nodes, fault.proxied ?? false);
    try {
      const load = await Load.prepare(scene);
      await load.publish(kinds.length);
      await load.delivered();
      await fault.begin(scene);
      for (let second = 0; second < faultSeconds; second += 1) await Promise.all([load.publish(5), sleep(1000)]);
      await fault.end(scene);
      await load.delivered();
      expect(await load.problems()).toEqual([]);
      // All is well for long enough.
      await sleep(6000);
      await load.publish(2 * kinds.length);
      await load.delivered();
      const runs = scene.servers.map(({ run }) => run);
      for (const lines of await saidBy(runs, fault.part, fault.isCertain ?? true))
        expect(lines).toEqual(['hindered', 'hindered no more']);
    } finally {
      await scene.close();
    }
  });

  test.concurrent('providers are missing from the configuration for 15 seconds', async () => {
    const scene = await Scene.open(nodes, false);
    try {
      const load = await Load.prepare(scene);
      scene.zone = () => 'SERVFAIL';
      await load.publish(5 * kinds.length);
      await scene.restart({ FAULT_WITHOUT: 'boltcall,boltly,inboundflow' });
      scene.zone = here;
      await sleep(faultSeconds * 1000);
      const logs = scene.servers.map(({ run }) => run.output);
      expect(logs.join('')).toContain("it is not in this server's configuration any more");
      const lines = logs.map((log) => log.match(/"part":"provider boltcall[^}]*"deliveries are hindered"/g) ?? []);
      expect(Math.max(...lines.map(({ length }) => length))).toBe(1);
      await scene.restart();
      await load.delivered();
      expect(await load.problems()).toEqual([]);
    } finally {
      await scene.close();
    }
  });
});
