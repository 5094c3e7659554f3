import { describe, expect, test } from 'vitest';
import { addressProblem } from '../../src/target/addresses.ts';
import { type Address, parseAddress, parseRange, widthOf } from '../../src/target/ip.ts';
import { productionPolicy } from '../../src/target/policy.ts';
import { specialRanges } from '../../src/target/special-ranges.ts';
import { checkTargetUrl } from '../../src/target/target-url.ts';

/** Address blocks of the IANA IPv4 Special-Purpose Address Registry, every row; then multicast. */
const ipv4Registry = [
  ...['0.0.0.0/8', '0.0.0.0/32', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.0.0/29', '192.0.0.8/32', '192.0.0.9/32', '192.0.0.10/32', '192.0.0.170/32'],
  ...['192.0.0.171/32', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.88.99.2/32'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4'],
  ...['255.255.255.255/32', '224.0.0.0/4'],
];

/** The same of IPv6, up to RFC 9780. The two that are as public as what they carry are `carriers`. */
const ipv6Registry = [
  ...['::1/128', '::/128', '64:ff9b:1::/48', '100::/64', '100:0:0:1::/64', '2001::/23', '2001::/32', '2001:1::1/128'],
  ...['2001:1::2/128', '2001:1::3/128', '2001:2::/48', '2001:3::/32', '2001:4:112::/48', '2001:10::/28'],
  ...['2001:20::/28', '2001:30::/28', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20', '5f00::/16'],
  ...['fc00::/7', 'fe80::/10', 'ff00::/8'],
];
const carriers = ['::ffff:0:0/96', '64:ff9b::/96'];

/** Just outside the blocks above, and outside every other one: public. */
const publicNeighbours = [
  ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '191.255.255.255', '192.0.1.0'],
  ...['192.0.1.255', '192.0.3.0', '192.31.195.255', '192.31.197.0', '192.52.192.255', '192.52.194.0'],
  ...['192.88.98.255', '192.88.100.0', '192.167.255.255', '192.169.0.0', '192.175.47.255', '192.175.49.0'],
  ...['198.17.255.255', '198.20.0.0', '198.51.99.255', '198.51.101.0', '203.0.112.255', '203.0.114.0'],
  '223.255.255.255',
];

/** Written out of numbers here, so that the code under test is not its own judge. */
const v4Text = (value: bigint) => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
const v6Text = (value: bigint) =>
  Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');

/** RFC 6890 speaks of addresses as they are; these are the ways they hide in others. */
const forms: readonly (readonly [name: string, of: (v4: bigint) => string, ownRange: boolean])[] = [
  ['plain', v4Text, false],
  ['IPv4-mapped', (v4) => v6Text((0xffffn << 32n) | v4), false],
  ['IPv4-mapped, dotted', (v4) => `::ffff:${v4Text(v4)}`, false],
  ['NAT64', (v4) => v6Text((0x64n << 112n) | (0xff9bn << 96n) | v4), false],
  ['IPv4-compatible', (v4) => v6Text(v4), true],
  ['IPv4-translated', (v4) => v6Text((0xffffn << 48n) | v4), true],
  ['6to4', (v4) => v6Text((0x2002n << 112n) | (v4 << 80n) | 1n), true],
  ['Teredo server', (v4) => v6Text((0x2001n << 112n) | (v4 << 64n) | 0xf7f7_f7f7n), true],
  ['Teredo client', (v4) => v6Text((0x2001n << 112n) | (0x0808_0808n << 64n) | (v4 ^ 0xffff_ffffn)), true],
  ['ISATAP', (v4) => v6Text((0x2600_1f18n << 96n) | (0x5efen << 32n) | v4), false],
];

function ends(cidr: string): { first: bigint; last: bigint } {
  const range = parseRange(cidr);
  if (!range) throw new Error(cidr);
  return { first: range.base, last: range.base | ((1n << BigInt(widthOf(range.version) - range.prefix)) - 1n) };
}

test('every block of the registries is a range that is refused', () => {
  const known = specialRanges.map(({ cidr }) => cidr);
  expect([...ipv4Registry, ...ipv6Registry].filter((cidr) => !known.includes(cidr))).toEqual([]);
  expect(known.filter((cidr) => carriers.includes(cidr))).toEqual([]);
});

describe.each(forms)('an IPv4 address in the form: %s', (_, form, ownRange) => {
  test.each(ipv4Registry)('%s: first and last are refused', (cidr) => {
    const { first, last } = ends(cidr);
    expect(addressProblem(form(first))).toBeDefined();
    expect(addressProblem(form(last))).toBeDefined();
  });

  test.each(publicNeighbours)(`%s beside them is ${ownRange ? 'refused, as the form is' : 'admitted'}`, (ip) => {
    const problem = addressProblem(form((parseAddress(ip) as Address).value));
    if (ownRange) expect(problem).toBeDefined();
    else expect(problem).toBeUndefined();
  });
});

describe('IPv6', () => {
  test.each(ipv6Registry)('%s: first and last are refused', (cidr) => {
    const { first, last } = ends(cidr);
    expect(addressProblem(v6Text(first))).toBeDefined();
    expect(addressProblem(v6Text(last))).toBeDefined();
  });

  const inPublicSpace = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];
  test.each(inPublicSpace)('the neighbours of %s are admitted', (cidr) => {
    const { first, last } = ends(cidr);
    expect(addressProblem(v6Text(first - 1n))).toBeUndefined();
    expect(addressProblem(v6Text(last + 1n))).toBeUndefined();
  });
});

describe('the same addresses in the URL of a webhook', () => {
  const problemOf = (url: string) => {
    const check = checkTargetUrl(url, productionPolicy);
    return check.ok ? `admitted as ${check.url.hostname}` : check.problem;
  };

  /** Ways to write an IPv4 address that the URL standard reads as that address. */
  const spellings: readonly (readonly [name: string, of: (value: bigint) => string])[] = [
    ['one number', (value) => `${value}`],
    ['hexadecimal', (value) => `0x${value.toString(16)}`],
    ['capital hexadecimal', (value) => `0X${value.toString(16).toUpperCase()}`],
    ['octal', (value) => `0${value.toString(8)}`],
    ['octal with zeros', (value) => `000${value.toString(8)}`],
    [
      'octal parts',
      (value) =>
        parts(value)
          .map((part) => `0${part.toString(8)}`)
          .join('.'),
    ],
    [
      'hexadecimal parts',
      (value) =>
        parts(value)
          .map((part) => `0x${part.toString(16)}`)
          .join('.'),
    ],
    ['two parts', (value) => `${value >> 24n}.${value & 0xff_ffffn}`],
    ['three parts', (value) => `${value >> 24n}.${(value >> 16n) & 255n}.${value & 0xffffn}`],
    ['a dot at the end', (value) => `${v4Text(value)}.`],
    ['full-width digits', (value) => fullWidth(v4Text(value))],
    ['ideographic full stops', (value) => v4Text(value).replaceAll('.', '。')],
    ['percent-encoded', (value) => percentEncoded(v4Text(value))],
    ['percent-encoded full-width', (value) => encodeURIComponent(fullWidth(v4Text(value)))],
  ];

  test.each(spellings)('spelt as %s', (_, spell) => {
    for (const cidr of ipv4Registry) {
      const { first, last } = ends(cidr);
      for (const value of [first, last]) {
        expect(problemOf(`https://${spell(value)}/`)).toContain(`${v4Text(value)} is `);
      }
    }
    expect(problemOf(`https://${spell(0x0808_0808n)}/`)).toBe('admitted as 8.8.8.8');
  });

  test.each(forms.filter(([name]) => name !== 'plain'))('in the form: %s', (_, form) => {
    for (const cidr of ipv4Registry) {
      const { first, last } = ends(cidr);
      for (const value of [first, last]) expect(problemOf(`https://[${form(value)}]/`)).toContain(' is ');
    }
  });

  test.each([
    'https://[fe80::1%25eth0]/',
    'https://[fe80::1%eth0]/',
    'https://[::1%251]/',
    'https://[::ffff:127.0.0.1%25lo]/',
    'https://[v1.fe80::1]/',
    'https://[::127.0.0.1.]/',
    'https://[127.0.0.1]/',
    'https://[::ffff:0x7f.0.0.1]/',
    'https://[::ffff:127.1]/',
    'https://256.0.0.1/',
    'https://127.0.0.1.1/',
    'https://127.0.0.0x100/',
    'https://4294967296/',
    'https://0x100000000/',
    'https://127.0.0.1%00.example.com/',
    'https://127.0.0.1%2f.example.com/',
    'https://127.0.0.1 .example.com/',
    'https://example.com:443:80/',
    'https://::1/',
  ])('%s cannot be read', (url) => {
    expect(problemOf(url)).toMatch(/This is not a URL/);
  });

  test.each([
    ['https://127.0.0.1@example.com/', 'user name or a password'],
    ['https://example.com@127.0.0.1/', '127.0.0.1 is a loopback address'],
    ['https://example.com\\@127.0.0.1/', 'admitted as example.com'],
    ['https:127.0.0.1', '127.0.0.1 is a loopback address'],
    ['https:/127.0.0.1', '127.0.0.1 is a loopback address'],
    ['https:///127.0.0.1', '127.0.0.1 is a loopback address'],
    ['  https://127.0.0.1  ', '127.0.0.1 is a loopback address'],
    ['https://[0000:0000:0000:0000:0000:0000:0000:0001]/', '::1 is the loopback address'],
    ['https://[::ffff:7F00:1]/', '127.0.0.1, a loopback address'],
    ['https://loca\u00adlhost/', 'localhost is this machine'],
    ['https://ｌｏｃａｌｈｏｓｔ/', 'localhost is this machine'],
    ['https://localhost%2e/', 'localhost is this machine'],
    ['https://ⓛocalhost./', 'localhost is this machine'],
    // A name that only looks like an address is a name: its addresses are judged when it is resolved.
    ['https://127.0.0.1.nip.example/', 'admitted as 127.0.0.1.nip.example'],
  ])('%s', (url, phrase) => {
    expect(problemOf(url)).toContain(phrase);
  });
});

function parts(value: bigint): bigint[] {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n);
}

function fullWidth(text: string): string {
  return text.replaceAll(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
}

function percentEncoded(text: string): string {
  return [...text].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
}
