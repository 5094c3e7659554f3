import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInProviders, createClient, defineProvider, noRetries, operatorProvider, z } from '@bellhop/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { Receiver } from '../harness/receiver.ts';
import { firstEventType } from './support.ts';

/* Faults of this server's own side for 15 seconds, under a stream of events to many webhooks; all of them: own-faults.long.test.ts. */

/** What the proxy answers to CONNECT; 200: a tunnel to the receiver, whatever its name. */
let proxyAnswers = 200;
let isBroken = false;

const acme = defineProvider({
  id: 'acme',
  name: 'Acme',
  description: 'A product whose file has a bug.',
  events: {
    call_ended: {
      label: 'Call Ended',
      description: 'Triggers when a call ended.',
      schema: z.looseObject({ number: z.number() }),
      sample: { number: 1 },
    },
  },
  envelope: ({ data }) => {
    if (isBroken) throw new TypeError('duration is undefined');
    return data;
  },
  signature: null,
  delivery: { retry: noRetries, disableAfterFailures: 3 },
});

const ofAcme = 'provider acme, call_ended, provider format';

const clock = new ManualClock();
let proxy: Server;
let receiver: Receiver;
let server: TestBellhop;

beforeAll(async () => {
  receiver = await Receiver.start({ headers: { connection: 'close' } });
  const port = Number(new URL(receiver.url()).port);
  proxy = createServer().on('connect', (_, client: Socket) => {
    client.on('error', () => {});
    if (proxyAnswers !== 200) return client.end(`HTTP/1.1 ${proxyAnswers} No\r\n\r\n`);
    const target = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    target.on('error', () => client.destroy());
    return target.pipe(client).pipe(target);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const targets = { proxy: { url, resolve: 'proxy' } };
  server = await TestBellhop.start({ clock, config: { targets }, providers: [...builtInProviders, acme] });
});
afterAll(async () => {
  await server?.stop();
  await receiver?.stop();
  proxy?.closeAllConnections();
  await new Promise((resolve) => proxy?.close(resolve));
});

const hosts = ['one', 'two', 'three', 'four', 'five'];

async function webhooksOf(provider: string, format: 'provider' | 'standard') {
  const { client } = await server.tenant();
  const { type, sample } =
    provider === acme.id ? { type: 'call_ended', sample: { number: 1 } } : firstEventType(provider);
  const ids: string[] = [];
  for (const host of hosts) {
    const url = `http://${provider}-${host}.example/hook`;
    const ordering = host === 'five' ? 'fifo' : 'parallel';
    ids.push((await client.createWebhook({ body: { provider, events: [type], url, format, ordering } })).id);
  }
  return {
    publish: () => client.publishEvent({ body: { provider, type, data: sample } }),
    states: () => Promise.all(ids.map((id) => client.getWebhook({ params: { id } }))),
    deliveries: async () => {
      const pages = ids.map((id) => client.listDeliveries({ params: { id }, query: { limit: 100 } }));
      return (await Promise.all(pages)).flatMap(({ data }) => data);
    },
    inOrder: async () => {
      const attempts = await client.listAttempts({ params: { id: ids.at(-1) ?? '' }, query: { limit: 100 } });
      return attempts.data.filter(({ outcome }) => outcome === 'delivered').map(({ event_id }) => event_id);
    },
  };
}

type Faults = Readonly<Record<string, { begin: () => void; end: () => void; part: string }>>;

const faults: Faults = {
  'the proxy is overloaded': {
    begin: () => {
      proxyAnswers = 503;
    },
    end: () => {
      proxyAnswers = 200;
    },
    part: 'network',
  },
};

const kinds = [
  ['inboundflow', 'provider'],
  ['boltcall', 'provider'],
  ['boltly', 'provider'],
  ['boltly', 'standard'],
] as const;

const seconds = 15;

/** The stream while the fault lasts, and after it until all is well. */
async function course(provider: string, format: 'provider' | 'standard', fault: Faults[string] & object) {
  const webhooks = await webhooksOf(provider, format);
  server.log.length = 0;
  fault.begin();
  const published: string[] = [];
  for (let second = 0; second < seconds; second += 1) {
    published.push((await webhooks.publish()).id);
    for (let step = 0; step < 4; step += 1) {
      await webhooks.deliveries();
      clock.advance(250);
    }
  }
  expect((await webhooks.states()).map(({ status }) => status)).toEqual(hosts.map(() => 'active'));
  const given = (await webhooks.deliveries()).filter(({ status }) => status !== 'pending' && status !== 'delivered');
  expect(given).toEqual([]);
  fault.end();
  const endedAt = clock.now();
  await eventually(
    async () => {
      clock.advance(500);
      return webhooks.deliveries();
    },
    (all) => all.length === published.length * hosts.length && all.every(({ status }) => status === 'delivered'),
  );
  const took = (clock.now() - endedAt) / 1000;
  const states = await webhooks.states();
  return { webhooks, published, took, states };
}

function linesOf(part: string): unknown[] {
  return server.log.filter((line) => line.part === part).map(({ msg }) => msg);
}

describe.each(Object.keys(faults))('%s for 15 seconds', (name) => {
  const fault = faults[name];
  if (!fault) throw new Error(`There is no fault ${name}.`);

  test.each(kinds)(
    '%s, in the %s format: nothing is disabled, nothing is given up, all arrives soon after',
    async (...of) => {
      const { webhooks, published, took, states } = await course(...of, fault);
      expect(took).toBeLessThanOrEqual(30);
      expect(states.map(({ consecutive_failures }) => consecutive_failures)).toEqual(hosts.map(() => 0));
      expect((await webhooks.inOrder()).toReversed()).toEqual(published);
      await eventually(
        async () => {
          clock.advance(6000);
          await webhooks.publish();
          return linesOf(fault.part);
        },
        (lines) => lines.length > 1,
      );
      expect(linesOf(fault.part)).toEqual(['deliveries are hindered', 'deliveries are hindered no more']);
    },
  );
});

test("a provider's file that throws: the same, although it retries nothing and disables after three failures", async () => {
  const fault = {
    begin: () => {
      isBroken = true;
    },
    end: () => {
      isBroken = false;
    },
    part: ofAcme,
  };
  const { took, states } = await course(acme.id, 'provider', fault);
  expect(took).toBeLessThanOrEqual(30);
  expect(states.every(({ consecutive_failures }) => consecutive_failures === 0)).toBe(true);
  expect(linesOf(ofAcme)[0]).toBe('deliveries are hindered');
  expect(server.log.find(({ part }) => part === ofAcme)).toMatchObject({
    cause: 'The provider acme cannot render the event: duration is undefined',
  });
});

test('a receiver that fails beside them is disabled by its document', async () => {
  receiver.answer({ status: 500, headers: { connection: 'close' } });
  const { publish, states: all } = await webhooksOf('inboundflow', 'provider');
  // The last keeps its order, so that it has one failure per retry.
  const states = async () => (await all()).slice(0, -1);
  for (let event = 0; event < 10; event += 1) {
    await publish();
    await eventually(
      async () => {
        clock.advance(1000);
        return states();
      },
      (some) => some.every(({ consecutive_failures }) => consecutive_failures > event),
    );
  }
  expect((await states()).map(({ status }) => status)).toEqual(hosts.slice(0, -1).map(() => 'disabled'));
});

test('one call resumes everything that was disabled, and nothing that a customer paused', async () => {
  const tenant = await server.tenant();
  const { client } = tenant;
  receiver.answer({ status: 500, headers: { connection: 'close' } });
  const { type, sample } = firstEventType('inboundflow');
  const create = (host: string) =>
    client.createWebhook({
      body: { provider: 'inboundflow', events: [type], url: `http://${host}.example/`, retry: { schedule: [] } },
    });
  const [one, two, paused] = [await create('one'), await create('two'), await create('paused')];
  await client.pauseWebhook({ params: { id: paused.id } });
  const statusOf = async ({ id }: { readonly id: string }) => (await client.getWebhook({ params: { id } })).status;
  await eventually(
    async () => {
      await client.publishEvent({ body: { provider: 'inboundflow', type, data: sample } });
      clock.advance(1000);
      return Promise.all([one, two].map(statusOf));
    },
    (statuses) => statuses.every((status) => status === 'disabled'),
  );
  receiver.answer({ status: 200, headers: { connection: 'close' } });
  const later = new Date(clock.now() + 60_000).toISOString();
  expect(await client.resumeWebhooks({ body: { since: later } })).toEqual({ resumed: 0, more: false });
  expect(await client.resumeWebhooks({})).toEqual({ resumed: 2, more: false });
  expect(await Promise.all([one, two, paused].map(statusOf))).toEqual(['active', 'active', 'paused']);
});

describe("the operator's own organization", () => {
  /** Servers one after another on the same data. */
  async function inTurn(run: (start: (config?: Record<string, unknown>) => Promise<TestBellhop>) => Promise<void>) {
    const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-operator-'));
    const started: TestBellhop[] = [];
    const start = async (config = {}) => {
      await started.pop()?.stop();
      const next = await TestBellhop.start({ dataDir, clock, config, providers: [...builtInProviders, acme] });
      started.push(next);
      return next;
    };
    try {
      await run(start);
    } finally {
      await started.pop()?.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }

  test('hears by an event when deliveries are hindered and when that is over; nobody else sees its type', () =>
    inTurn(async (start) => {
      receiver.answer({ status: 200 });
      const operator = await (await start()).tenant();
      const operated = await start({ operator: { organization: operator.organizationId } });
      const client = createClient({ baseUrl: operated.url, apiKey: operator.apiKey });
      const types = Object.keys(operatorProvider.events);
      const body = { provider: operatorProvider.id, events: types, url: receiver.url('/operator') };
      await client.createWebhook({ body });
      const { client: customer } = await operated.tenant();
      const ids = async (of: typeof client) => (await of.listProviders()).data.map(({ id }) => id);
      expect(await ids(client)).toContain(operatorProvider.id);
      expect(await ids(customer)).not.toContain(operatorProvider.id);
      const [type = ''] = types;
      const { sample = {} } = operatorProvider.events[type] ?? {};
      await expect(
        customer.publishEvent({ body: { provider: operatorProvider.id, type, data: sample } }),
      ).rejects.toThrow('Bellhop creates bellhop_server events itself');

      const heard = () => receiver.received.filter(({ path }) => path === '/operator').map(({ json }) => json);
      isBroken = true;
      await customer.createWebhook({ body: { provider: acme.id, events: ['call_ended'], url: receiver.url('/acme') } });
      await customer.publishEvent({ body: { provider: acme.id, type: 'call_ended', data: { number: 1 } } });
      const [hindered] = await eventually(
        async () => heard(),
        (events) => events.length > 0,
      );
      expect(hindered).toMatchObject({ type, data: { part: ofAcme, cause: expect.stringContaining('undefined') } });
      isBroken = false;
      const events = await eventually(
        async () => {
          clock.advance(6000);
          await customer.publishEvent({ body: { provider: acme.id, type: 'call_ended', data: { number: 1 } } });
          return heard();
        },
        (some) => some.length > 1,
      );
      expect(events.map((event) => event.type)).toEqual(types);
    }));

  test('has to be there when a server starts', () =>
    inTurn(async (start) => {
      await expect(start({ operator: { organization: 'org_0199cc9e-5a10-7c1d-9b32-4a5b6c7d8e9f' } })).rejects.toThrow(
        /^operator\.organization: there is no organization org_\S+\. Create one with POST \/v1\/organizations/,
      );
    }));
});
