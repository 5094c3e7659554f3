import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Random } from '@bellhop/server/test/store/conformance/random';
import { selfSigned } from '@bellhop/server/test/target/support/self-signed';
import { afterEach, describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { RawReceiver } from '../harness/raw-receiver.ts';
import { GatedHook } from './gated-hook.ts';
import { FlowStage, firstEventType } from './support.ts';

/*
 * Once the deletion or the pause of a webhook is answered, nothing is sent to it but what was on the wire. A receiver can
 * tell what that was: at most so many requests are under way to one webhook; those that it got and has not answered are
 * among them, so no more than the others may still arrive.
 */
const onTheWire = 3;
const endings = ['deleted', 'paused'] as const;
const seed = Number(process.env.BELLHOP_TEST_SEED || Math.floor(Math.random() * 1e6));

const stage = new FlowStage({ config: { delivery: { concurrencyPerWebhook: onTheWire, windowPerWebhook: 50 } } });

test.each(endings)('a webhook that is %s with as many requests under way as it may have gets no other', async (how) => {
  const hook = await GatedHook.start(stage);
  const witness = await stage.webhook('boltly', { tenant: hook.subject.tenant });
  // Every delivered one allowed one more at a time: from here on it uses all it may.
  await hook.subject.publishMany(20);
  await hook.receiver.atLeast(20);
  hook.close();
  await hook.subject.publishMany(100);
  await hook.holds(onTheWire);
  const arrived = hook.receiver.received.length;
  await hook.end(how);
  hook.open();
  // Time enough to go on: events that are published afterwards have arrived elsewhere.
  for (let batch = 1; batch <= 5; batch += 1) {
    await witness.publishMany(20);
    await witness.receiver.atLeast(120 + 20 * batch);
  }
  expect(hook.receiver.received).toHaveLength(arrived);
});

test(`under load, at random moments, no request too many; seed ${seed}`, async () => {
  const random = new Random(seed);
  const witness = await stage.webhook('boltly');
  const { tenant } = witness;
  const hurry = () => new Promise<void>((resolve) => setTimeout(resolve, random.below(4)));
  const hooks = await Promise.all(Array.from({ length: 20 }, () => GatedHook.start(stage, { tenant }, hurry)));
  const published: string[] = [];
  const publish = async (count: number) => {
    published.push(...(await witness.publishMany(count)));
    // Never far ahead, as those that are paused have to catch up in the end.
    await witness.receiver.atLeast(published.length - 60);
  };
  let publishing = true;
  const publishers = [1, 2, 3].map(async () => {
    while (publishing) await publish(1 + random.below(5));
  });

  const paused: GatedHook[] = [];
  const ended: { hook: GatedHook; arrived: number; onTheWay: number }[] = [];
  for (const hook of hooks) {
    // From the fourth on two have been answered, so it may use all places it has.
    await hook.receiver.atLeast(Math.max(4, hook.receiver.received.length + random.below(8)));
    const how = random.chance(0.5) ? 'deleted' : 'paused';
    if (random.chance(0.5)) {
      hook.close();
      await hook.holds(onTheWire);
    }
    await hook.end(how);
    ended.push({ hook, arrived: hook.receiver.received.length, onTheWay: onTheWire - hook.held });
    if (how === 'paused') paused.push(hook);
    hook.open();
  }
  publishing = false;
  await Promise.all(publishers);
  await publish(20);
  await witness.receiver.atLeast(published.length);
  for (const { hook, arrived, onTheWay } of ended) {
    expect(hook.receiver.received.length).toBeLessThanOrEqual(arrived + onTheWay);
  }

  // What was published meanwhile was held, and comes once.
  await Promise.all(paused.map((hook) => hook.subject.resume()));
  for (const hook of paused) {
    await hook.receiver.atLeast(published.length);
    expect(hook.arrived.toSorted()).toEqual(published.toSorted());
  }
}, 60_000);

describe('a request that still waits for its connection', () => {
  const certificate = selfSigned({ host: 'receiver.localhost' });
  const authorities = getCACertificates('default');
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    setDefaultCACertificates(authorities);
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  /** A receiver that begins the TLS handshake only when it is told to. */
  async function slowToShakeHands() {
    const requests: string[] = [];
    const https = createHttpsServer(certificate, (request, response) => {
      requests.push(request.url ?? '');
      response.end('ok');
    });
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => https.close().closeAllConnections());
    const connected = Promise.withResolvers<Socket>();
    const front = await RawReceiver.start((socket) => connected.resolve(socket));
    cleanups.push(() => front.stop());
    return {
      requests,
      url: `https://receiver.localhost:${front.port}/hook`,
      connected: connected.promise,
      /** Resolves when the handshake is complete, or was broken off. */
      shakeHands: async () => {
        const secured = new Promise((resolve) => https.once('secureConnection', resolve));
        const client = await connected.promise;
        const closed = new Promise((resolve) => client.once('close', resolve));
        const { port } = https.address() as AddressInfo;
        client.pipe(connect(port, '127.0.0.1')).pipe(client);
        await Promise.race([secured, closed]);
      },
    };
  }

  test.each(endings)('is not sent when its webhook is %s meanwhile', async (how) => {
    setDefaultCACertificates([...authorities, certificate.cert]);
    const receiver = await slowToShakeHands();
    const server = await TestBellhop.start();
    try {
      const { client } = await server.tenant();
      const { type, sample } = firstEventType('boltly');
      const { id } = await client.createWebhook({ body: { provider: 'boltly', events: [type], url: receiver.url } });
      await client.publishEvent({ body: { provider: 'boltly', type, data: sample } });
      await receiver.connected;
      if (how === 'deleted') await client.deleteWebhook({ params: { id } });
      else await client.pauseWebhook({ params: { id } });
      await receiver.shakeHands();
    } finally {
      // Waits for what is under way.
      await server.stop();
    }
    expect(receiver.requests).toEqual([]);
  });
});
