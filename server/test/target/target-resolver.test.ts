import { describe, expect, test } from 'vitest';
import type { ResolveOptions, Resolver } from '../../src/target/lookup.ts';
import { developmentPolicy, productionPolicy, type TargetPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import { systemResolver } from '../../src/target/system-resolver.ts';
import { targetResolver } from '../../src/target/target-resolver.ts';
import { nameServer, silence, type Zone } from './support/name-server.ts';
import { agentFor, httpReceiver } from './support/receivers.ts';

const internal: TargetPolicy = { ...productionPolicy, allow: ['10.0.0.0/8'] };
/** One machine of "the operator's network"; all other loopback addresses stay refused. */
const oneAddress: TargetPolicy = { requireHttps: false, allowLoopback: false, allow: ['127.0.0.1'] };

async function resolverWith(policy: TargetPolicy, zone: Zone, known: Readonly<Record<string, string>> = {}, ttl = 60) {
  const server = await nameServer(zone, { ttl });
  const asked: string[] = [];
  const lookup: Resolver = async (hostname) => {
    asked.push(hostname);
    const address = known[hostname];
    if (address === undefined) throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    return [{ address }];
  };
  const dns = { servers: [server.address], limitMs: 300 };
  const resolver = targetResolver(policy, { dns, system: { lookup } });
  const resolve = (name: string, options: ResolveOptions = {}) =>
    resolver(name, options).then(
      (found) => found.map(({ address }) => address),
      (error: NodeJS.ErrnoException) => error.code,
    );
  return { resolver, resolve, asked, server };
}

describe('a name that the name servers do not know', () => {
  const inHosts = { 'crm.acme.example': '10.0.0.5' };

  test.each<[string, TargetPolicy]>([
    ['an allowed internal network', internal],
    ['development', developmentPolicy],
  ])('is asked of the operating system, with %s', async (_, policy) => {
    const { resolve, asked } = await resolverWith(policy, () => 'NXDOMAIN', inHosts);
    expect(await resolve('crm.acme.example')).toEqual(['10.0.0.5']);
    expect(await resolve('nowhere.example')).toBe('ENOTFOUND');
    expect(asked).toEqual(['crm.acme.example', 'nowhere.example']);
  });

  test.each<[string, Zone]>([
    ['has no address there', () => []],
    ['fails there', () => 'SERVFAIL'],
    ['is refused there', () => 'REFUSED'],
  ])('or that %s', async (_, zone) => {
    const { resolve } = await resolverWith(internal, zone, inHosts);
    expect(await resolve('crm.acme.example')).toEqual(['10.0.0.5']);
  });

  test('is asked of nobody else where no internal address is allowed', async () => {
    const { resolve, asked } = await resolverWith(productionPolicy, () => 'NXDOMAIN', inHosts);
    expect(await resolve('crm.acme.example')).toBe('ENOTFOUND');
    expect(asked).toEqual([]);
  });
});

test('a name whose name servers are silent is not asked of the operating system', async () => {
  const { resolve, asked } = await resolverWith(internal, () => silence);
  expect(await resolve('silent.example')).toBe('ETIMEOUT');
  expect(asked).toEqual([]);
});

test('a name that the name servers know is not asked of the operating system', async () => {
  const { resolve, asked } = await resolverWith(internal, () => ['192.0.2.1'], { 'a.example': '10.0.0.5' });
  expect(await resolve('a.example')).toContain('192.0.2.1');
  expect(asked).toEqual([]);
});

describe('look-ups of one name', () => {
  const zone: Zone = (_, type) => (type === 'A' ? ['192.0.2.1'] : []);
  const askedFor = (name: string, queries: readonly string[]) =>
    queries.filter((query) => query === `${name} A`).length;

  test('that are simultaneous are one query', async () => {
    const { resolve, server } = await resolverWith(productionPolicy, zone, {}, 0);
    const names = ['a.example', 'a.example', 'b.example', 'a.example'];
    expect(await Promise.all(names.map((name) => resolve(name)))).toEqual(Array(4).fill(['192.0.2.1']));
    expect(askedFor('a.example', server.queries)).toBe(1);
    expect(askedFor('b.example', server.queries)).toBe(1);
  });

  test('one after another share an answer while it holds; a fresh one asks again', async () => {
    const { resolve, server } = await resolverWith(productionPolicy, zone);
    for (let count = 0; count < 5; count += 1) await resolve('a.example');
    expect(askedFor('a.example', server.queries)).toBe(1);
    expect(await resolve('a.example', { fresh: true })).toEqual(['192.0.2.1']);
    expect(askedFor('a.example', server.queries)).toBe(2);
  });

  test.each<[string, Zone, number]>([
    ['an answer with a TTL of 0', zone, 0],
    ['a failure', () => 'NXDOMAIN', 60],
  ])('%s is used once', async (_, given, ttl) => {
    const { resolve, server } = await resolverWith(productionPolicy, given, {}, ttl);
    const first = await resolve('a.example');
    expect(await resolve('a.example')).toEqual(first);
    expect(askedFor('a.example', server.queries)).toBe(2);
  });
});

describe('the operating system', () => {
  function heldResolver(limitMs?: number) {
    const held: { name: string; answer: (address: string) => void }[] = [];
    const lookup: Resolver = (name) =>
      new Promise((resolve) => held.push({ name, answer: (address) => resolve([{ address }]) }));
    const resolver = systemResolver({ lookup, ...(limitMs === undefined ? {} : { limitMs }) });
    const ask = (name: string) =>
      resolver(name, {}).then(
        ([found]) => found?.address,
        (error: NodeJS.ErrnoException) => error.code,
      );
    return { held, ask, names: () => held.map(({ name }) => name) };
  }

  test('is asked for two names at a time; the others wait their turn', async () => {
    const { held, ask, names } = heldResolver();
    const answers = ['a', 'b', 'c', 'd'].map(ask);
    expect(names()).toEqual(['a', 'b']);
    held[1]?.answer('10.0.0.2');
    expect(await answers[1]).toBe('10.0.0.2');
    expect(names()).toEqual(['a', 'b', 'c']);
    held[0]?.answer('10.0.0.1');
    held[2]?.answer('10.0.0.3');
    await Promise.all([answers[0], answers[2]]);
    held[3]?.answer('10.0.0.4');
    expect(await Promise.all(answers)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']);
  });

  test('that does not answer: everyone gives up in time, and nobody is asked of it later', async () => {
    const { held, ask, names } = heldResolver(100);
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(ask))).toEqual(Array(4).fill('ETIMEOUT'));
    held[0]?.answer('10.0.0.1');
    const later = ask('e');
    // The thread that came free serves whoever asks now; those who gave up are forgotten.
    await Promise.resolve();
    while (held.length < 3) await new Promise((resolve) => setImmediate(resolve));
    expect(names()).toEqual(['a', 'b', 'e']);
    held[2]?.answer('10.0.0.5');
    expect(await later).toBe('10.0.0.5');
  });

  test('has a bounded number of names waiting for it', async () => {
    const { ask } = heldResolver(200);
    const waiting = Array.from({ length: 2 + 64 }, (_, i) => ask(`name-${i}`));
    expect(await ask('one-more')).toBe('EBUSY');
    expect(await Promise.all(waiting)).toEqual(Array(66).fill('ETIMEOUT'));
  });

  test('knows this machine', async () => {
    const found = await systemResolver()('localhost', {});
    expect(['127.0.0.1', '::1']).toContain(found[0]?.address);
  });
});

describe('deliveries by name', () => {
  async function receiverAndAgent(zone: Zone, ttl?: number) {
    const { resolver, server } = await resolverWith(oneAddress, zone, {}, ttl);
    const receiver = await httpReceiver((_, response) => response.end());
    const send = (host: string, agent = agentFor(oneAddress, { resolver })) =>
      post(agent, { url: `http://${host}:${receiver.port}/`, headers: {}, body: '{}' }, { deadlineMs: 5000 });
    return { receiver, server, send, resolver };
  }

  test('DNS rebinding: the connection goes to the address that was checked, and a new answer is checked anew', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    const { receiver, server, send } = await receiverAndAgent(
      (_, type) => (type === 'A' ? (answers.shift() ?? []) : []),
      0,
    );
    expect(await send('rebind.example')).toMatchObject({ status: 200 });
    expect(server.queries.filter((query) => query.endsWith(' A'))).toHaveLength(1);
    expect(await send('rebind.example')).toMatchObject({
      code: 'target_refused',
      detail: expect.stringContaining('127.0.0.2 is a loopback address'),
    });
    expect(receiver.connections).toBe(1);
  });

  test('a private address hidden behind many good ones, or in the other family, refuses the name', async () => {
    const many = [...Array.from({ length: 200 }, () => '127.0.0.1'), '169.254.169.254'];
    const { receiver, send } = await receiverAndAgent((name, type) => {
      if (name === 'many.example') return type === 'A' ? many : [];
      return type === 'A' ? ['127.0.0.1'] : ['fd00:ec2::254'];
    });
    expect(await send('many.example')).toMatchObject({
      code: 'target_refused',
      detail: expect.stringContaining('169.254.169.254'),
    });
    expect(await send('other-family.example')).toMatchObject({
      code: 'target_refused',
      detail: expect.stringContaining('fd00:ec2::254'),
    });
    expect(receiver.connections).toBe(0);
  });

  test.each<[string, Zone]>([
    ['does not exist', () => 'NXDOMAIN'],
    ['its own name servers do not know', (name) => (name === '.' || name === '' ? [] : 'SERVFAIL')],
  ])('a name that %s is an error of the name', async (_, zone) => {
    const { send } = await receiverAndAgent(zone);
    expect(await send('nowhere.example')).toMatchObject({
      code: 'dns',
      message: `The host nowhere.example could not be resolved (ENOTFOUND). Check the host name in the webhook's URL.`,
    });
  });

  test.each<[string, Zone]>([
    ['fails for every name', () => 'SERVFAIL'],
    ['refuses', () => 'REFUSED'],
  ])('a name server of this side that %s is no error of the name', async (_, zone) => {
    const { send } = await receiverAndAgent(zone);
    expect(await send('well.example')).toMatchObject({
      code: 'hindered',
      message: expect.stringMatching(
        /^Nothing was sent: this server's name servers do not answer \(E(?:SERVFAIL|REFUSED)\)\. The receiver is not at fault/,
      ),
    });
  });

  test('a hundred hosts whose name servers are silent do not hold up another', async () => {
    const { receiver, server, send, resolver } = await receiverAndAgent((name, type) => {
      if (name.startsWith('silent')) return silence;
      return type === 'A' ? ['127.0.0.1'] : [];
    });
    const agent = agentFor(oneAddress, { resolver });
    const silent = Array.from({ length: 100 }, (_, i) => send(`silent-${i}.example`, agent));
    while (new Set(server.queries).size < 200) await new Promise((done) => setTimeout(done, 2));
    const healthy = await send('healthy.example', agent);
    expect(healthy).toMatchObject({ status: 200 });
    expect(receiver.connections).toBe(1);
    for (const result of await Promise.all(silent)) {
      expect(result).toMatchObject({ code: 'dns', message: expect.stringContaining('in time (ETIMEOUT)') });
    }
  });
});
