import { describe, expect, test } from 'vitest';
import { addressProblem, parseAllowList } from '../../src/target/addresses.ts';
import { specialRanges } from '../../src/target/special-ranges.ts';

/** A range of the registries: its ends, the addresses on either side of it, and what each of the four is. */
interface Row {
  readonly cidr: string;
  readonly first: string;
  readonly last: string;
  readonly is: RegExp;
  /** The neighbours, with what they are when they are not public. */
  readonly before?: readonly [ip: string, is?: RegExp];
  readonly after?: readonly [ip: string, is?: RegExp];
}

const protocolV4 = /IETF protocol assignment \(RFC 6890\)/;
const protocolV6 = /IETF protocol assignment \(RFC 2928\)/;
const outside = /outside 2000::\/3/;

const v4: readonly Row[] = [
  {
    cidr: '0.0.0.0/8',
    first: '0.0.0.1',
    last: '0.255.255.255',
    is: /"this network" \(RFC 791\)/,
    before: ['0.0.0.0', /RFC 1122/],
    after: ['1.0.0.0'],
  },
  {
    cidr: '0.0.0.0/32',
    first: '0.0.0.0',
    last: '0.0.0.0',
    is: /unspecified address.*RFC 1122/,
    after: ['0.0.0.1', /RFC 791/],
  },
  {
    cidr: '10.0.0.0/8',
    first: '10.0.0.0',
    last: '10.255.255.255',
    is: /private address \(RFC 1918\)/,
    before: ['9.255.255.255'],
    after: ['11.0.0.0'],
  },
  {
    cidr: '100.64.0.0/10',
    first: '100.64.0.0',
    last: '100.127.255.255',
    is: /carrier-grade NAT \(RFC 6598\)/,
    before: ['100.63.255.255'],
    after: ['100.128.0.0'],
  },
  {
    cidr: '127.0.0.0/8',
    first: '127.0.0.0',
    last: '127.255.255.255',
    is: /loopback address \(RFC 1122\)/,
    before: ['126.255.255.255'],
    after: ['128.0.0.0'],
  },
  {
    cidr: '169.254.0.0/16',
    first: '169.254.0.0',
    last: '169.254.255.255',
    is: /link-local address \(RFC 3927\)/,
    before: ['169.253.255.255'],
    after: ['169.255.0.0'],
  },
  {
    cidr: '172.16.0.0/12',
    first: '172.16.0.0',
    last: '172.31.255.255',
    is: /private address \(RFC 1918\)/,
    before: ['172.15.255.255'],
    after: ['172.32.0.0'],
  },
  {
    cidr: '192.0.0.0/24',
    first: '192.0.0.11',
    last: '192.0.0.255',
    is: protocolV4,
    before: ['191.255.255.255'],
    after: ['192.0.1.0'],
  },
  {
    cidr: '192.0.0.0/29',
    first: '192.0.0.0',
    last: '192.0.0.7',
    is: /service continuity address \(RFC 7335\)/,
    before: ['191.255.255.255'],
    after: ['192.0.0.8', /RFC 7600/],
  },
  {
    cidr: '192.0.0.8/32',
    first: '192.0.0.8',
    last: '192.0.0.8',
    is: /dummy address \(RFC 7600\)/,
    before: ['192.0.0.7', /RFC 7335/],
    after: ['192.0.0.9', /RFC 7723/],
  },
  {
    cidr: '192.0.0.9/32',
    first: '192.0.0.9',
    last: '192.0.0.9',
    is: /Port Control Protocol.*RFC 7723/,
    before: ['192.0.0.8', /RFC 7600/],
    after: ['192.0.0.10', /RFC 8155/],
  },
  {
    cidr: '192.0.0.10/32',
    first: '192.0.0.10',
    last: '192.0.0.10',
    is: /TURN anycast.*RFC 8155/,
    before: ['192.0.0.9', /RFC 7723/],
    after: ['192.0.0.11', protocolV4],
  },
  {
    cidr: '192.0.0.170/32',
    first: '192.0.0.170',
    last: '192.0.0.170',
    is: /discovery address \(RFC 8880\)/,
    before: ['192.0.0.169', protocolV4],
    after: ['192.0.0.171', /RFC 8880/],
  },
  {
    cidr: '192.0.0.171/32',
    first: '192.0.0.171',
    last: '192.0.0.171',
    is: /discovery address \(RFC 8880\)/,
    before: ['192.0.0.170', /RFC 8880/],
    after: ['192.0.0.172', protocolV4],
  },
  {
    cidr: '192.0.2.0/24',
    first: '192.0.2.0',
    last: '192.0.2.255',
    is: /TEST-NET-1 \(RFC 5737\)/,
    before: ['192.0.1.255'],
    after: ['192.0.3.0'],
  },
  {
    cidr: '192.31.196.0/24',
    first: '192.31.196.0',
    last: '192.31.196.255',
    is: /AS112 address \(RFC 7535\)/,
    before: ['192.31.195.255'],
    after: ['192.31.197.0'],
  },
  {
    cidr: '192.52.193.0/24',
    first: '192.52.193.0',
    last: '192.52.193.255',
    is: /Multicast Tunneling.*RFC 7450/,
    before: ['192.52.192.255'],
    after: ['192.52.194.0'],
  },
  {
    cidr: '192.88.99.0/24',
    first: '192.88.99.0',
    last: '192.88.99.255',
    is: /6to4 relay anycast.*RFC 7526/,
    before: ['192.88.98.255'],
    after: ['192.88.100.0'],
  },
  {
    cidr: '192.88.99.2/32',
    first: '192.88.99.2',
    last: '192.88.99.2',
    is: /6a44 relay.*RFC 6751/,
    before: ['192.88.99.1', /RFC 7526/],
    after: ['192.88.99.3', /RFC 7526/],
  },
  {
    cidr: '192.168.0.0/16',
    first: '192.168.0.0',
    last: '192.168.255.255',
    is: /private address \(RFC 1918\)/,
    before: ['192.167.255.255'],
    after: ['192.169.0.0'],
  },
  {
    cidr: '192.175.48.0/24',
    first: '192.175.48.0',
    last: '192.175.48.255',
    is: /AS112 address \(RFC 7534\)/,
    before: ['192.175.47.255'],
    after: ['192.175.49.0'],
  },
  {
    cidr: '198.18.0.0/15',
    first: '198.18.0.0',
    last: '198.19.255.255',
    is: /benchmarking address \(RFC 2544\)/,
    before: ['198.17.255.255'],
    after: ['198.20.0.0'],
  },
  {
    cidr: '198.51.100.0/24',
    first: '198.51.100.0',
    last: '198.51.100.255',
    is: /TEST-NET-2 \(RFC 5737\)/,
    before: ['198.51.99.255'],
    after: ['198.51.101.0'],
  },
  {
    cidr: '203.0.113.0/24',
    first: '203.0.113.0',
    last: '203.0.113.255',
    is: /TEST-NET-3 \(RFC 5737\)/,
    before: ['203.0.112.255'],
    after: ['203.0.114.0'],
  },
  {
    cidr: '224.0.0.0/4',
    first: '224.0.0.0',
    last: '239.255.255.255',
    is: /multicast address \(RFC 5771\)/,
    before: ['223.255.255.255'],
    after: ['240.0.0.0', /RFC 1112/],
  },
  {
    cidr: '240.0.0.0/4',
    first: '240.0.0.0',
    last: '255.255.255.254',
    is: /reserved address \(RFC 1112\)/,
    before: ['239.255.255.255', /RFC 5771/],
    after: ['255.255.255.255', /RFC 919/],
  },
  {
    cidr: '255.255.255.255/32',
    first: '255.255.255.255',
    last: '255.255.255.255',
    is: /limited broadcast.*RFC 919/,
    before: ['255.255.255.254', /RFC 1112/],
  },
  {
    cidr: '168.63.129.16/32',
    first: '168.63.129.16',
    last: '168.63.129.16',
    is: /Azure platform/,
    before: ['168.63.129.15'],
    after: ['168.63.129.17'],
  },
];

const v6: readonly Row[] = [
  {
    cidr: '::/128',
    first: '::',
    last: '0:0:0:0:0:0:0:0',
    is: /unspecified address \(RFC 4291\)/,
    after: ['::1', /loopback/],
  },
  {
    cidr: '::1/128',
    first: '::1',
    last: '0:0:0:0:0:0:0:1',
    is: /loopback address \(RFC 4291\)/,
    before: ['::', /unspecified/],
    after: ['::2', /IPv4-compatible/],
  },
  {
    cidr: '::/96',
    first: '::2',
    last: '::ffff:ffff',
    is: /IPv4-compatible address \(RFC 4291\)/,
    before: ['::1', /loopback/],
    after: ['::1:0:0', outside],
  },
  {
    cidr: '::ffff:0:0:0/96',
    first: '::ffff:0:0:0',
    last: '::ffff:0:ffff:ffff',
    is: /IPv4-translated address \(RFC 2765\)/,
    before: ['::fffe:ffff:ffff:ffff', outside],
    after: ['::ffff:1:0:0', outside],
  },
  {
    cidr: '64:ff9b:1::/48',
    first: '64:ff9b:1::',
    last: '64:ff9b:1:ffff:ffff:ffff:ffff:ffff',
    is: /local-use NAT64 address \(RFC 8215\)/,
    before: ['64:ff9b:0:ffff:ffff:ffff:ffff:ffff', outside],
    after: ['64:ff9b:2::', outside],
  },
  {
    cidr: '100::/64',
    first: '100::',
    last: '100::ffff:ffff:ffff:ffff',
    is: /discard-only address \(RFC 6666\)/,
    before: ['ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside],
    after: ['100:0:0:1::', /RFC 9780/],
  },
  {
    cidr: '100:0:0:1::/64',
    first: '100:0:0:1::',
    last: '100::1:ffff:ffff:ffff:ffff',
    is: /dummy address \(RFC 9780\)/,
    before: ['100::ffff:ffff:ffff:ffff', /RFC 6666/],
    after: ['100:0:0:2::', outside],
  },
  {
    cidr: '2001::/23',
    first: '2001:1::',
    last: '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: protocolV6,
    before: ['2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    after: ['2001:200::'],
  },
  {
    cidr: '2001::/32',
    first: '2001::',
    last: '2001:0:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /Teredo.*RFC 4380/,
    before: ['2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    after: ['2001:1::', protocolV6],
  },
  {
    cidr: '2001:1::1/128',
    first: '2001:1::1',
    last: '2001:1::1',
    is: /Port Control Protocol.*RFC 7723/,
    before: ['2001:1::', protocolV6],
    after: ['2001:1::2', /RFC 8155/],
  },
  {
    cidr: '2001:1::2/128',
    first: '2001:1::2',
    last: '2001:1::2',
    is: /TURN anycast.*RFC 8155/,
    before: ['2001:1::1', /RFC 7723/],
    after: ['2001:1::3', /RFC 9665/],
  },
  {
    cidr: '2001:1::3/128',
    first: '2001:1::3',
    last: '2001:1::3',
    is: /DNS-SD.*RFC 9665/,
    before: ['2001:1::2', /RFC 8155/],
    after: ['2001:1::4', protocolV6],
  },
  {
    cidr: '2001:2::/48',
    first: '2001:2::',
    last: '2001:2:0:ffff:ffff:ffff:ffff:ffff',
    is: /benchmarking address \(RFC 5180\)/,
    before: ['2001:1:ffff:ffff:ffff:ffff:ffff:ffff', protocolV6],
    after: ['2001:2:1::', protocolV6],
  },
  {
    cidr: '2001:3::/32',
    first: '2001:3::',
    last: '2001:3:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /Multicast Tunneling.*RFC 7450/,
    before: ['2001:2:ffff:ffff:ffff:ffff:ffff:ffff', protocolV6],
    after: ['2001:4::', protocolV6],
  },
  {
    cidr: '2001:4:112::/48',
    first: '2001:4:112::',
    last: '2001:4:112:ffff:ffff:ffff:ffff:ffff',
    is: /AS112 address \(RFC 7535\)/,
    before: ['2001:4:111:ffff:ffff:ffff:ffff:ffff', protocolV6],
    after: ['2001:4:113::', protocolV6],
  },
  {
    cidr: '2001:10::/28',
    first: '2001:10::',
    last: '2001:1f:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /ORCHID identifier \(RFC 4843\)/,
    before: ['2001:f:ffff:ffff:ffff:ffff:ffff:ffff', protocolV6],
    after: ['2001:20::', /RFC 7343/],
  },
  {
    cidr: '2001:20::/28',
    first: '2001:20::',
    last: '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /ORCHIDv2 identifier \(RFC 7343\)/,
    before: ['2001:1f:ffff:ffff:ffff:ffff:ffff:ffff', /RFC 4843/],
    after: ['2001:30::', /RFC 9374/],
  },
  {
    cidr: '2001:30::/28',
    first: '2001:30::',
    last: '2001:3f:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /drone remote identifier \(RFC 9374\)/,
    before: ['2001:2f:ffff:ffff:ffff:ffff:ffff:ffff', /RFC 7343/],
    after: ['2001:40::', protocolV6],
  },
  {
    cidr: '2001:db8::/32',
    first: '2001:db8::',
    last: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /documentation address \(RFC 3849\)/,
    before: ['2001:db7:ffff:ffff:ffff:ffff:ffff:ffff'],
    after: ['2001:db9::'],
  },
  {
    cidr: '2002::/16',
    first: '2002::',
    last: '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /6to4.*RFC 3056/,
    before: ['2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    after: ['2003::'],
  },
  {
    cidr: '2620:4f:8000::/48',
    first: '2620:4f:8000::',
    last: '2620:4f:8000:ffff:ffff:ffff:ffff:ffff',
    is: /AS112 address \(RFC 7534\)/,
    before: ['2620:4f:7fff:ffff:ffff:ffff:ffff:ffff'],
    after: ['2620:4f:8001::'],
  },
  {
    cidr: '3fff::/20',
    first: '3fff::',
    last: '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /documentation address \(RFC 9637\)/,
    before: ['3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    after: ['3fff:1000::'],
  },
  {
    cidr: '5f00::/16',
    first: '5f00::',
    last: '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /segment routing identifier \(RFC 9602\)/,
    before: ['5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside],
    after: ['5f01::', outside],
  },
  {
    cidr: 'fc00::/7',
    first: 'fc00::',
    last: 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /unique local address \(RFC 4193\)/,
    before: ['fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside],
    after: ['fe00::', outside],
  },
  {
    cidr: 'fe80::/10',
    first: 'fe80::',
    last: 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /link-local address \(RFC 4291\)/,
    before: ['fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff', outside],
    after: ['fec0::', /RFC 3879/],
  },
  {
    cidr: 'fec0::/10',
    first: 'fec0::',
    last: 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /site-local address \(RFC 3879\)/,
    before: ['febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', /RFC 4291/],
    after: ['ff00::', /multicast/],
  },
  {
    cidr: 'ff00::/8',
    first: 'ff00::',
    last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: /multicast address \(RFC 4291\)/,
    before: ['feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', /RFC 3879/],
  },
  {
    cidr: '2000::/3 and beyond',
    first: '4000::',
    last: '5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    is: outside,
    before: ['3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    after: ['5f00::', /RFC 9602/],
  },
];

describe('special-purpose ranges', () => {
  test('every range has its row', () => {
    const rows = [...v4, ...v6].map(({ cidr }) => cidr);
    expect(rows).toEqual(expect.arrayContaining(specialRanges.map(({ cidr }) => cidr)));
  });

  test.each([...v4, ...v6])('$cidr: its first and last address are refused', ({ first, last, is }) => {
    expect(addressProblem(first)).toMatch(is);
    expect(addressProblem(last)).toMatch(is);
  });

  const neighbours = [...v4, ...v6].flatMap(({ cidr, before, after }) =>
    [before, after].filter((side) => side !== undefined).map(([ip, is]) => ({ cidr, ip, is })),
  );
  test.each(neighbours)('$cidr: $ip beside it is judged on its own', ({ ip, is }) => {
    if (is) expect(addressProblem(ip)).toMatch(is);
    else expect(addressProblem(ip)).toBeUndefined();
  });

  test.each([
    ['127.0.0.1', '127.0.0.1 is a loopback address (RFC 1122)'],
    ['169.254.169.254', '169.254.169.254 is a link-local address (RFC 3927)'],
    ['fd00:ec2::254', 'fd00:ec2::254 is a unique local address (RFC 4193)'],
    ['100.100.100.200', '100.100.100.200 is a shared address of a carrier-grade NAT (RFC 6598)'],
  ])('%s is said to be what it is', (ip, phrase) => {
    expect(addressProblem(ip)).toBe(phrase);
  });

  test.each(['8.8.8.8', '1.1.1.1', '52.1.2.3', '2606:4700::6810:84e5', '2a00:1450:4001:82a::200e', '2600:1f18::1'])(
    'the public address %s is admitted',
    (ip) => {
      expect(addressProblem(ip)).toBeUndefined();
    },
  );

  test.each(['', 'example.com', '1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', ':::', '[::1]', '1.2.3.4/8'])(
    '"%s" is not an address',
    (text) => {
      expect(addressProblem(text)).toBe(`${text} is not an IP address`);
    },
  );

  test.each(['fe80::1%eth0', '2606:4700::1%1', '8.8.8.8%eth0'])('%s is refused for its zone id', (ip) => {
    expect(addressProblem(ip)).toContain('zone id');
  });
});

describe('IPv6 addresses that carry an IPv4 address', () => {
  test.each([
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1 is 127.0.0.1, a loopback address (RFC 1122)'],
    ['::ffff:a00:1', '::ffff:a00:1 is 10.0.0.1, a private address (RFC 1918)'],
    ['::FFFF:A9FE:A9FE', '::FFFF:A9FE:A9FE is 169.254.169.254, a link-local address (RFC 3927)'],
    ['::127.0.0.1', 'IPv4-compatible address (RFC 4291) that embeds 127.0.0.1, a loopback address (RFC 1122)'],
    ['::ffff:0:10.0.0.1', 'IPv4-translated address (RFC 2765) that embeds 10.0.0.1, a private address (RFC 1918)'],
    ['64:ff9b::a9fe:a9fe', 'NAT64 address (RFC 6052) that embeds 169.254.169.254, a link-local address (RFC 3927)'],
    ['64:ff9b::192.168.0.1', 'NAT64 address (RFC 6052) that embeds 192.168.0.1, a private address (RFC 1918)'],
    ['2002:7f00:1::', '6to4 address (RFC 3056) that embeds 127.0.0.1, a loopback address (RFC 1122)'],
    ['2002:c0a8:101::5', '6to4 address (RFC 3056) that embeds 192.168.1.1, a private address (RFC 1918)'],
    // RFC 4380: the client's address is inverted; here 10.0.0.1 behind the public server 65.54.227.120.
    ['2001:0:4136:e378:8000:63bf:f5ff:fffe', 'Teredo address (RFC 4380) that embeds 10.0.0.1, a private address'],
    ['2001:0:a00:1:8000:63bf:3fff:fdd2', 'Teredo address (RFC 4380) that embeds 10.0.0.1, a private address'],
    ['2600:1f18::5efe:10.0.0.1', 'ISATAP address (RFC 5214) that embeds 10.0.0.1, a private address (RFC 1918)'],
    ['2600:1f18::200:5efe:7f00:1', 'ISATAP address (RFC 5214) that embeds 127.0.0.1, a loopback address (RFC 1122)'],
  ])('%s is refused for what it carries', (ip, phrase) => {
    expect(addressProblem(ip)).toContain(phrase);
  });

  test.each(['::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2600:1f18::5efe:8.8.8.8', '2600:1f18::200:5efe:808:808'])(
    '%s is as public as the address it carries',
    (ip) => {
      expect(addressProblem(ip)).toBeUndefined();
    },
  );

  test.each(['::8.8.8.8', '::ffff:0:8.8.8.8', '2002:808:808::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'])(
    '%s is refused, as its form leads into a tunnel or nowhere',
    (ip) => {
      expect(addressProblem(ip)).toBeDefined();
    },
  );
});

describe('the allow list', () => {
  test('an allowed range wins over the range that refuses it, to its last address', () => {
    const allow = parseAllowList(['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1']);
    expect(addressProblem('10.1.0.0', allow)).toBeUndefined();
    expect(addressProblem('10.1.255.255', allow)).toBeUndefined();
    expect(addressProblem('10.0.255.255', allow)).toBeDefined();
    expect(addressProblem('10.2.0.0', allow)).toBeDefined();
    expect(addressProblem('fd00:1::5', allow)).toBeUndefined();
    expect(addressProblem('fd00:2::5', allow)).toBeDefined();
    expect(addressProblem('127.0.0.1', allow)).toBeUndefined();
    expect(addressProblem('127.0.0.2', allow)).toBeDefined();
    expect(addressProblem('8.8.8.8', allow)).toBeUndefined();
  });

  test('an allowed IPv4 range admits its IPv4-mapped form and no other form', () => {
    const allow = parseAllowList(['10.0.0.0/8']);
    expect(addressProblem('::ffff:10.0.0.1', allow)).toBeUndefined();
    for (const ip of ['::10.0.0.1', '::ffff:0:10.0.0.1', '64:ff9b::10.0.0.1', '2002:a00:1::', '2600::5efe:10.0.0.1']) {
      expect(addressProblem(ip, allow)).toBeDefined();
    }
  });

  test('a range in IPv4-mapped form is the IPv4 range; all of IPv6 is not all of IPv4', () => {
    expect(addressProblem('10.9.9.9', parseAllowList(['::ffff:10.0.0.0/104']))).toBeUndefined();
    expect(addressProblem('::ffff:10.0.0.1', parseAllowList(['::/0']))).toBeDefined();
    expect(addressProblem('::1', parseAllowList(['::/0']))).toBeUndefined();
  });

  test.each([
    '',
    ' ',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.5/8',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    'n8n',
    'fe80::1%eth0',
  ])('the entry "%s" is refused by name', (entry) => {
    expect(() => parseAllowList(['10.0.0.0/8', entry])).toThrow(`The allowed target address "${entry}"`);
  });
});
