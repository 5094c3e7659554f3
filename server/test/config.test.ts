import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConfigFile } from '../src/config.ts';
import { selfSigned } from './target/support/self-signed.ts';

function refusal(value: unknown): string {
  try {
    parseConfigFile(value, 'bellhop.config.ts');
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

describe('targets.proxy', () => {
  const proxyOf = (proxy: unknown) => parseConfigFile({ targets: { proxy } }, 'bellhop.config.ts').targets.proxy;

  test('is none by default', () => {
    expect(parseConfigFile({}, 'bellhop.config.ts').targets).toEqual({ allow: [] });
    expect(parseConfigFile({ targets: { allow: ['10.0.0.0/8'] } }, 'bellhop.config.ts').targets.proxy).toBeUndefined();
    expect(proxyOf(undefined)).toBeUndefined();
  });

  test.each([
    ['http://proxy.example:3128', { url: 'http://proxy.example:3128', resolve: 'here' }],
    [{ url: 'https://u:p@proxy.example' }, { url: 'https://u:p@proxy.example', resolve: 'here' }],
    [
      { url: 'http://10.0.0.1:3128', resolve: 'proxy' },
      { url: 'http://10.0.0.1:3128', resolve: 'proxy' },
    ],
  ])('%j', (written, read) => {
    expect(proxyOf(written)).toEqual(read);
  });

  test.each<[unknown, string]>([
    ['user:s3cret@proxy.example:3128', "  - targets.proxy.url: A proxy's URL must start with http:// or https://"],
    ['socks5://user:s3cret@proxy.example', "  - targets.proxy.url: A proxy's URL must start with http:// or https://"],
    [{ url: 'http://u:s3cret@proxy.example/path' }, "  - targets.proxy.url: A proxy's URL must end with its port"],
    [{ url: 'http://u:s3cret@proxy.example', resolve: 'there' }, '  - targets.proxy.resolve: '],
    [{ url: 'http://u:s3cret@proxy.example', resolves: 'here' }, 'Unrecognized key: "resolves"'],
    [{ resolve: 'here' }, '  - targets.proxy.url: '],
    [3128, '  - targets.proxy: '],
    [null, '  - targets.proxy: '],
  ])('%j is refused, and no password is repeated', (proxy, phrase) => {
    const message = refusal({ targets: { proxy } });
    expect(message).toContain('bellhop.config.ts is invalid:\n');
    expect(message).toContain(phrase);
    expect(message).not.toContain('s3cret');
  });
});

describe('targets.proxy.except', () => {
  const url = 'http://proxy.example:3128';

  test('is kept as written', () => {
    const proxy = { url, except: ['.internal', '10.0.0.0/8'] };
    expect(parseConfigFile({ targets: { proxy } }, 'bellhop.config.ts').targets.proxy).toEqual({
      ...proxy,
      resolve: 'here',
    });
  });

  test('an invalid entry is named', () => {
    expect(refusal({ targets: { proxy: { url, except: ['10.0.0.1/8'] } } })).toContain(
      '  - targets.proxy.except: The proxy exception "10.0.0.1/8" is not a host, a domain, an address or a range.',
    );
  });
});

describe('targets.ca', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bellhop-ca-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const [one, two] = [selfSigned({ host: 'one.example' }).cert, selfSigned({ host: 'two.example' }).cert];
  const file = (name: string, content: string) => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const bundle = file('bundle.pem', `# Acme\r\n${one.replaceAll('\n', '\r\n')}\n${two}`);
  const caOf = (ca: unknown) => parseConfigFile({ targets: { ca } }, 'bellhop.config.ts').targets.ca;

  test('is the certificates of the files, for all hosts or for some', () => {
    expect(caOf([bundle])).toEqual({ '*': [one.trim().replaceAll('\n', '\r\n'), two.trim()] });
    const single = file('one.pem', one);
    expect(caOf({ 'hooks.internal': [single], '*.example.com': [single], '10.0.0.5': [single] })).toEqual({
      'hooks.internal': [one.trim()],
      '*.example.com': [one.trim()],
      '10.0.0.5': [one.trim()],
    });
  });

  test.each<[string, unknown, string]>([
    ['missing', ['/missing/ca.pem'], 'targets.ca.*: /missing/ca.pem cannot be read (ENOENT).'],
    ['a directory', { 'a.example': [directory] }, `targets.ca.a.example: ${directory} cannot be read (EISDIR).`],
    ['not PEM', [file('ca.der', '0\x82')], `${directory}/ca.der contains no certificate. Use a PEM file`],
    ['a key', [file('key.pem', selfSigned({ host: 'a' }).key)], `${directory}/key.pem contains no certificate.`],
    [
      'damaged',
      [file('bad.pem', one + two.replace(/\n.{20}/, '\n'))],
      `Certificate 2 in ${directory}/bad.pem is damaged. Export it again.`,
    ],
    ['a URL', { 'https://a.example': [bundle] }, 'targets.ca.https://a.example: '],
    ['no file', { 'a.example': [] }, 'targets.ca.a.example: '],
    ['a string', bundle, 'targets.ca: '],
  ])('%s: refused', (_, ca, phrase) => {
    expect(refusal({ targets: { ca } })).toContain(`  - `);
    expect(refusal({ targets: { ca } })).toContain(phrase);
  });
});

test.each(['eth0', 'localhost', '10.0.0.0/8', ''])('targets.sourceAddress %s is refused', (sourceAddress) => {
  expect(refusal({ targets: { sourceAddress } })).toContain(
    '  - targets.sourceAddress: must be an IPv4 or IPv6 address of this machine',
  );
});

describe('dashboard', () => {
  const dashboardOf = (dashboard: unknown) => parseConfigFile({ dashboard }, 'bellhop.config.ts').dashboard;

  test('has a default for everything but its address', () => {
    expect(dashboardOf(undefined)).toEqual({ frameAncestors: [], hstsSubdomains: false, sessionHours: 12, theme: {} });
  });

  test.each([
    ['https://hooks.example.com', 'https://hooks.example.com'],
    ['https://hooks.example.com/', 'https://hooks.example.com'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['https://example.com/a/hooks/', 'https://example.com/a/hooks'],
    ['HTTPS://Example.com:443', 'https://example.com'],
  ])('publicUrl %s is %s', (written, read) => {
    expect(dashboardOf({ publicUrl: written }).publicUrl).toBe(read);
  });

  test('frameAncestors are origins', () => {
    const origins = ['https://app.example.com', 'https://*.example.com:8443', 'http://localhost:3000'];
    expect(dashboardOf({ frameAncestors: origins }).frameAncestors).toEqual(origins);
  });

  const addresses = [
    'hooks.example.com',
    'ftp://example.com',
    'https://u:s3cret@a.b',
    'https://a.b?x',
    'https://a.b/#',
    '',
  ];
  const origins = [
    '*',
    'https:',
    'a.example',
    'https://a.example/',
    "https://a.example 'unsafe-inline'",
    'https://a;b',
  ];

  test.each<[object, string]>([
    ...addresses.map((publicUrl): [object, string] => [
      { publicUrl },
      '  - dashboard.publicUrl: must be an http:// or https:// URL such as',
    ]),
    ...origins.map((origin): [object, string] => [
      { frameAncestors: [origin] },
      '  - dashboard.frameAncestors.0: must be an origin',
    ]),
    [{ sessionHours: 0 }, '  - dashboard.sessionHours: '],
    [{ theme: { color: 'blue' } }, '  - dashboard.theme.color: must be a color such as #1f6feb'],
    [{ theme: { logo: 'https://example.com/logo.png' } }, '  - dashboard.theme.logo: must be an image such as'],
    [{ url: 'https://example.com' }, 'Unrecognized key: "url"'],
  ])('%j is refused', (dashboard, phrase) => {
    expect(refusal({ dashboard })).toContain(phrase);
  });
});
