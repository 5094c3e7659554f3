import { anyText, holds, telling } from '@bellhop/shared/test/fuzz';
import fc from 'fast-check';
import { expect } from 'vitest';
import { addressProblem } from '../../src/target/addresses.ts';
import { developmentPolicy, productionPolicy } from '../../src/target/policy.ts';
import { checkTargetUrl } from '../../src/target/target-url.ts';

const policy = fc.constantFrom(productionPolicy, developmentPolicy, {
  ...productionPolicy,
  allow: ['10.0.0.0/8', 'fd00::/8'],
});
const scheme = fc.constantFrom('http:', 'https:', 'HTTPS:', 'ftp:', 'javascript:', 'file:', '');
const slashes = fc.constantFrom('//', '/', '///', '\\\\', '');
const host = fc.oneof(
  anyText,
  fc.domain(),
  fc.ipV4Extended(),
  fc.ipV6().map((ip) => `[${ip}]`),
  fc.constantFrom(
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    '127.1',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '０x7f.1',
    'ⓛocalhost',
    '..',
    'xn--',
  ),
);
const rest = fc.oneof(
  anyText.map((text) => `/${text}`),
  telling,
  fc.constantFrom('', '?', '#', '/a?b#c', ':0', ':65536', '@evil.example'),
);
const url = fc.oneof(
  anyText,
  fc.tuple(scheme, slashes, host, rest).map((parts) => parts.join('')),
  fc.webUrl({ withQueryParameters: true }),
);

holds(
  'a URL that is taken is one that requests can be sent to, and is taken again as it is kept',
  [url, policy],
  2000,
  (text, by) => {
    const checked = checkTargetUrl(text, by);
    if (!checked.ok) {
      expect(checked.problem).toMatch(/^[A-Z].+[.]$/s);
      return;
    }
    const { href, protocol, username, password, hash } = checked.url;
    expect([protocol, username, password, hash]).toEqual([expect.stringMatching(/^https?:$/), '', '', '']);
    expect(href).toMatch(/^[\x21-\x7e]{1,2048}$/);
    if (by.requireHttps) expect(protocol).toBe('https:');
    expect(checkTargetUrl(href, by)).toMatchObject({ ok: true, url: { href } });
  },
);

holds('no problem repeats the path or the query', [scheme, host, anyText], 500, (given, at, text) => {
  const written = `${given}//${at}/s3cret/${text}?s3cret=s3cret#s3cret`;
  const checked = checkTargetUrl(written, productionPolicy);
  // Where the host is missing, the next word is the host.
  if (checked.ok || URL.parse(written)?.hostname.includes('s3cret')) return;
  expect(checked.problem).not.toContain('s3cret');
});

/** The ways in which URLs may spell the numbers of an IPv4 address (WHATWG URL, IPv4 parser). */
const spellings = [
  (number: number) => String(number),
  (number: number) => `0x${number.toString(16)}`,
  (number: number) => `0${number.toString(8)}`,
  (number: number) => `0X000${number.toString(16).toUpperCase()}`,
];

holds(
  'an IPv4 address is judged the same in every spelling',
  [
    fc.oneof(
      fc.nat({ max: 2 ** 32 - 1 }),
      // Mostly inside the ranges that matter.
      fc
        .tuple(fc.constantFrom(0x0a000000, 0x7f000000, 0xa9fe0000, 0xac100000, 0xc0a80000, 0xe0000000), fc.nat(0xffff))
        .map(([base, low]) => base + low),
    ),
    fc.constantFrom(1, 2, 3, 4),
    fc.array(fc.constantFrom(...spellings), { minLength: 4, maxLength: 4 }),
  ],
  1000,
  (value, parts, spell) => {
    const bytes = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
    const last = value % 2 ** (8 * (5 - parts));
    const written = [...bytes.slice(0, parts - 1), last].map((number, index) => spell[index]?.(number)).join('.');
    const refused = addressProblem(bytes.join('.')) !== undefined;
    expect({ written, ok: checkTargetUrl(`https://${written}/`, productionPolicy).ok }).toEqual({
      written,
      ok: !refused,
    });
    const mapped = `https://[::ffff:${bytes.join('.')}]/`;
    expect({ mapped, ok: checkTargetUrl(mapped, productionPolicy).ok }).toEqual({ mapped, ok: !refused });
  },
);
