import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { createTargetLookup, type Resolver } from '../../src/target/lookup.ts';
import { developmentPolicy, productionPolicy, type TargetPolicy } from '../../src/target/policy.ts';

interface Looked {
  readonly error: NodeJS.ErrnoException | null;
  readonly address?: string | LookupAddress[];
  readonly family?: number | undefined;
}

function look(
  host: string,
  answers: readonly string[] | Resolver,
  { policy = productionPolicy, ...options }: LookupOptions & { policy?: TargetPolicy } = {},
): Promise<Looked> {
  const resolver = typeof answers === 'function' ? answers : async () => answers.map((address) => ({ address }));
  return new Promise((resolve) => {
    createTargetLookup(policy, resolver)(host, { all: true, ...options }, (error, address, family) =>
      resolve({ error, address, family }),
    );
  });
}

const noResolver: Resolver = () => Promise.reject(new Error('must not be asked'));

describe('the signature of dns.lookup', () => {
  test('all: every address with its family', async () => {
    const { error, address } = await look('example.com', ['8.8.8.8', '2606:4700::1']);
    expect(error).toBeNull();
    expect(address).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]);
  });

  test('one: the first address', async () => {
    expect(await look('example.com', ['2606:4700::1', '8.8.8.8'], { all: false })).toEqual({
      error: null,
      address: '2606:4700::1',
      family: 6,
    });
  });

  test.each([
    [4, '8.8.8.8'],
    ['IPv6', '2606:4700::1'],
  ] as const)('family %s', async (family, wanted) => {
    const { address } = await look('example.com', ['8.8.8.8', '2606:4700::1'], { family });
    expect(address).toEqual([expect.objectContaining({ address: wanted })]);
  });

  test('the resolver gets the name without its root dot, and the options', async () => {
    const asked: unknown[] = [];
    const resolver: Resolver = async (...args) => {
      asked.push(args);
      return [{ address: '8.8.8.8' }];
    };
    await look('example.com.', resolver, { family: 4, hints: 32 });
    expect(asked).toEqual([['example.com', { all: true, family: 4, hints: 32 }]]);
  });
});

describe('refusals', () => {
  test('name the host; the address and why are for the operator', async () => {
    const { error } = await look('evil.example.com', ['10.0.0.5']);
    expect(error).toMatchObject({
      name: 'TargetRefusedError',
      code: 'target_refused',
      detail: 'evil.example.com resolves to 10.0.0.5: 10.0.0.5 is a private address (RFC 1918)',
    });
    expect(error?.message).toBe(
      'The host evil.example.com resolves to an address in a private or reserved network, where deliveries are not allowed. Use a host that is reachable on the public internet.',
    );
  });

  test.each([
    ['the last of several', ['8.8.8.8', '8.8.4.4', '127.0.0.1']],
    ['IPv4-mapped', ['::ffff:127.0.0.1']],
    ['NAT64 to the metadata service', ['64:ff9b::a9fe:a9fe']],
    ['a zone id', ['fe80::1%eth0']],
    ['what is no address', ['example.com']],
    ['of the family that is not asked for', ['8.8.8.8', '::1']],
  ])('one bad address refuses the name: %s', async (_, answers) => {
    const { error } = await look('example.com', answers, { family: 4 });
    expect(error?.code).toBe('target_refused');
  });

  test('an allowed range is admitted, the addresses beside it are not', async () => {
    const policy = { ...productionPolicy, allow: ['10.0.0.0/8'] };
    expect((await look('n8n', ['10.0.0.5'], { policy })).error).toBeNull();
    expect((await look('n8n', ['10.0.0.5', '172.16.0.1'], { policy })).error?.code).toBe('target_refused');
  });

  test('many addresses: all are checked, and eight of each family go on', async () => {
    const v4 = Array.from({ length: 20 }, (_, i) => `8.8.8.${i}`);
    const v6 = Array.from({ length: 20 }, (_, i) => `2606:4700::${i + 1}`);
    const { address } = await look('example.com', [...v4, ...v6]);
    expect(address).toEqual(
      [...v4.slice(0, 8), ...v6.slice(0, 8)].map((ip) => ({ address: ip, family: ip.includes(':') ? 6 : 4 })),
    );
    expect((await look('example.com', [...v4, ...v6, '10.0.0.1'])).error?.code).toBe('target_refused');
  });

  test('more addresses than an honest name has refuse it, unread', async () => {
    const of = (count: number) => Array.from({ length: count }, (_, i) => `8.8.${i >> 8}.${i & 255}`);
    expect((await look('example.com', of(256))).error).toBeNull();
    const { error } = await look('example.com', of(60_000));
    expect(error).toMatchObject({
      code: 'target_refused',
      message: 'The host example.com has 60000 addresses; at most 256 are allowed. Use a host with fewer.',
    });
  });

  test('DNS rebinding: what the resolver says later does not matter', async () => {
    const answers = ['8.8.8.8', '127.0.0.1'];
    const resolver: Resolver = async () => [{ address: answers.shift() ?? '' }];
    expect((await look('rebind.example.com', resolver)).address).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect(answers).toEqual(['127.0.0.1']);
    expect((await look('rebind.example.com', resolver)).error?.code).toBe('target_refused');
  });
});

describe('localhost names', () => {
  test.each(['localhost', 'LOCALHOST.', 'app.localhost'])('%s is loopback without a look-up', async (host) => {
    const { address } = await look(host, noResolver, { policy: developmentPolicy });
    expect(address).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });

  test('are refused where loopback is', async () => {
    const { error } = await look('app.localhost', noResolver);
    expect(error?.code).toBe('target_refused');
    expect(error?.message).toContain('app.localhost resolves to an address in a private or reserved network');
  });

  test('are the loopback addresses that are allowed', async () => {
    const { address } = await look('localhost', noResolver, { policy: { ...productionPolicy, allow: ['127.0.0.1'] } });
    expect(address).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });
});

describe('names without an address', () => {
  test('an error of the resolver is told with its code and kept as the cause', async () => {
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const { error } = await look('nowhere.example', () => Promise.reject(cause));
    expect(error).toMatchObject({ name: 'TargetLookupError', code: 'target_lookup', cause });
    expect(error?.message).toBe(
      "The host nowhere.example could not be resolved (ENOTFOUND). Check the host name in the webhook's URL.",
    );
  });

  test('silent name servers are told apart', async () => {
    const cause = Object.assign(new Error('queryA ETIMEOUT'), { code: 'ETIMEOUT' });
    const { error } = await look('slow.example', () => Promise.reject(cause));
    expect(error?.message).toBe(
      "The name servers of the host slow.example did not answer in time (ETIMEOUT). Check the host name in the webhook's URL.",
    );
  });

  test('an empty answer is an error', async () => {
    expect((await look('nowhere.example', [])).error?.code).toBe('target_lookup');
    expect((await look('v4.example', ['8.8.8.8'], { family: 6 })).error?.code).toBe('target_lookup');
  });
});
