import { describe, expect, test } from 'vitest';
import { type DnsOptions, dnsResolver } from '../../src/target/dns-resolver.ts';
import { type NameServer, nameServer, silence, type Zone } from './support/name-server.ts';

function resolverOf(servers: readonly NameServer[], options: DnsOptions = {}) {
  const resolver = dnsResolver({ servers: servers.map(({ address }) => address), ...options });
  return async (name: string, family?: 4 | 6) => {
    const found = await resolver(name, family === undefined ? {} : { family });
    return found.map(({ address }) => address);
  };
}

async function outcome(promise: Promise<unknown>): Promise<{ result: unknown; ms: number }> {
  const startedAt = performance.now();
  const result = await promise.catch((error: NodeJS.ErrnoException) => error.code);
  return { result, ms: performance.now() - startedAt };
}

const both: Zone = (_, type) => (type === 'A' ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1']);

describe('the addresses of a name', () => {
  test('are those of both families, IPv4 first', async () => {
    const server = await nameServer(both);
    expect(await resolverOf([server])('example.com')).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1']);
    expect(server.queries.toSorted()).toEqual(['example.com A', 'example.com AAAA']);
  });

  test.each([
    [4, ['192.0.2.1', '192.0.2.2'], 'example.com A'],
    [6, ['2001:db8::1'], 'example.com AAAA'],
  ] as const)('of family %d alone, when that is asked for', async (family, addresses, query) => {
    const server = await nameServer(both);
    expect(await resolverOf([server])('example.com', family)).toEqual(addresses);
    expect(server.queries).toEqual([query]);
  });

  test('are asked for anew each time', async () => {
    const server = await nameServer(both);
    const resolve = resolverOf([server]);
    await resolve('example.com', 4);
    await resolve('example.com', 4);
    expect(server.queries).toEqual(['example.com A', 'example.com A']);
  });

  test('are all there when they are too many for UDP', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => `192.0.${i >> 8}.${i & 255}`);
    const server = await nameServer((_, type) => (type === 'A' ? many : []));
    expect((await resolverOf([server])('example.com')).toSorted()).toEqual(many.toSorted());
  });

  test('come from the next name server when the first is silent', async () => {
    const [silent, other] = [await nameServer(() => silence), await nameServer(both)];
    expect(await resolverOf([silent, other])('example.com', 4)).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(silent.queries).toHaveLength(1);
  });

  test('come late: they are waited for', async () => {
    // As a name server does that has to ask others first: all who ask meanwhile get the answer when it is there.
    let known: Promise<readonly string[]> | undefined;
    const server = await nameServer((name) => {
      if (name !== 'slow.example') return ['192.0.2.1'];
      known ??= new Promise((resolve) => setTimeout(resolve, 1500, ['192.0.2.2']));
      return known;
    });
    const resolve = resolverOf([server]);
    // What the resolver learns from quick answers must not make it give up on slow ones.
    for (let i = 0; i < 20; i++) await resolve(`quick-${i}.example`, 4);
    expect(await resolve('slow.example', 4)).toEqual(['192.0.2.2']);
  });
});

/** Nothing but a wait for the limit takes so long. */
const longMs = 30_000;

describe('one family fails', () => {
  test.each<[string, Zone]>([
    ['SERVFAIL', (_, type) => (type === 'A' ? ['192.0.2.1'] : 'SERVFAIL')],
    ['NXDOMAIN', (_, type) => (type === 'A' ? ['192.0.2.1'] : 'NXDOMAIN')],
    ['no address', (_, type) => (type === 'A' ? ['192.0.2.1'] : [])],
    ['silence', (_, type) => (type === 'A' ? ['192.0.2.1'] : silence)],
  ])('IPv6 by %s: the IPv4 addresses, at once', async (_, zone) => {
    const { result, ms } = await outcome(resolverOf([await nameServer(zone)], { limitMs: longMs })('example.com'));
    expect(result).toEqual(['192.0.2.1']);
    expect(ms).toBeLessThan(longMs / 2);
  });

  test.each<[string, Zone]>([
    ['SERVFAIL', (_, type) => (type === 'AAAA' ? ['2001:db8::1'] : 'SERVFAIL')],
    ['silence', (_, type) => (type === 'AAAA' ? ['2001:db8::1'] : silence)],
  ])('IPv4 by %s: the IPv6 addresses, soon', async (_, zone) => {
    const { result, ms } = await outcome(resolverOf([await nameServer(zone)], { limitMs: longMs })('example.com'));
    expect(result).toEqual(['2001:db8::1']);
    expect(ms).toBeLessThan(longMs / 2);
  });

  test('IPv4 comes a little later: both are there', async () => {
    const server = await nameServer(async (name, type) => {
      if (type === 'A') await new Promise((resolve) => setTimeout(resolve, 150));
      return both(name, type);
    });
    expect(await resolverOf([server])('example.com')).toHaveLength(3);
  });
});

describe('a name without an address', () => {
  test.each<[string, Zone]>([
    ['ENOTFOUND', () => 'NXDOMAIN'],
    ['ENODATA', () => []],
    ['ESERVFAIL', () => 'SERVFAIL'],
    ['EREFUSED', () => 'REFUSED'],
    ['ENOTFOUND', (_, type) => (type === 'A' ? [] : 'NXDOMAIN')],
    ['ESERVFAIL', (_, type) => (type === 'A' ? 'SERVFAIL' : [])],
  ])('%s', async (code, zone) => {
    const { result, ms } = await outcome(resolverOf([await nameServer(zone)], { limitMs: longMs })('example.com'));
    expect(result).toBe(code);
    expect(ms).toBeLessThan(longMs / 2);
  });

  test('ETIMEOUT when nobody answers, at the limit', async () => {
    const resolve = resolverOf([await nameServer(() => silence)], { limitMs: 300 });
    const { result, ms } = await outcome(resolve('example.com'));
    expect(result).toBe('ETIMEOUT');
    expect(ms).toBeGreaterThan(250);
  });

  test('is asked for again if the name servers are back when it is to be known whose fault that is', async () => {
    let isBack = false;
    const server = await nameServer((name, type) => {
      isBack ||= name === '';
      return isBack ? both(name, type) : silence;
    });
    expect(await resolverOf([server], { limitMs: 300 })('example.com')).toHaveLength(3);
  });

  test('ETIMEOUT when one family has none and the other is silent', async () => {
    const server = await nameServer((_, type) => (type === 'A' ? [] : silence));
    const { result } = await outcome(resolverOf([server], { limitMs: 300 })('example.com'));
    expect(result).toBe('ETIMEOUT');
  });

  test.each(['a'.repeat(64), `${'a.'.repeat(130)}example`, 'a..b'])('that cannot be one: %s', async (name) => {
    const { result } = await outcome(resolverOf([await nameServer(both)])(name));
    expect(result).toMatch(/^E[A-Z]+$/);
  });
});

test('a hundred names whose name servers are silent do not keep another waiting', async () => {
  const server = await nameServer((name, type) => (name === 'healthy.example' ? both(name, type) : silence));
  const resolve = resolverOf([server], { limitMs: 3000 });
  let given = 0;
  const silent = Array.from({ length: 100 }, (_, i) =>
    outcome(resolve(`silent-${i}.example`)).finally(() => (given += 1)),
  );
  // Not before every one of them has asked.
  while (new Set(server.queries).size < 200) await new Promise((done) => setTimeout(done, 5));
  const { result } = await outcome(resolve('healthy.example'));
  expect(result).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1']);
  expect(given).toBe(0);
  for (const { result: code } of await Promise.all(silent)) expect(code).toBe('ETIMEOUT');
});
