import { describe, expect, test } from 'vitest';
import { developmentPolicy, productionPolicy, type TargetPolicy } from '../../src/target/policy.ts';
import { checkTargetUrl, originProblem } from '../../src/target/target-url.ts';

const internal: TargetPolicy = { requireHttps: false, allowLoopback: false, allow: ['10.0.0.0/8'] };

function problem(text: string, policy: TargetPolicy = productionPolicy): string {
  const check = checkTargetUrl(text, policy);
  return check.ok ? 'none' : check.problem;
}

function admitted(text: string, policy: TargetPolicy = productionPolicy): string {
  const check = checkTargetUrl(text, policy);
  return check.ok ? check.url.href : check.problem;
}

describe('admitted', () => {
  test.each([
    ['https://example.com/hooks?token=abc', 'https://example.com/hooks?token=abc'],
    ['https://hooks.zapier.com/hooks/standard/1/a/', 'https://hooks.zapier.com/hooks/standard/1/a/'],
    ['https://example.com:8443/', 'https://example.com:8443/'],
    ['https://EXAMPLE.com', 'https://example.com/'],
    ['https://example.com./hook', 'https://example.com/hook'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://[2606:4700::1]/', 'https://[2606:4700::1]/'],
    ['https://does-not-exist.invalid/', 'https://does-not-exist.invalid/'],
  ])('in production: %s', (text, href) => {
    expect(admitted(text)).toBe(href);
  });

  test.each([
    'http://localhost:3000/hook',
    'http://app.localhost/',
    'http://127.0.0.1:9999/hook',
    'http://[::1]:5678/webhook/1',
    'http://example.com/',
    'https://localhost/',
  ])('in development: %s', (text) => {
    expect(problem(text, developmentPolicy)).toBe('none');
  });

  test.each(['http://10.0.0.5/', 'http://n8n:5678/webhook/1', 'http://n8n.internal/', 'http://printer.local/'])(
    'with an allowed internal range, as only the address a name has will tell: %s',
    (text) => {
      expect(problem(text, internal)).toBe('none');
    },
  );

  test('localhost when a loopback address is allowed', () => {
    expect(problem('https://localhost/', { ...productionPolicy, allow: ['127.0.0.1'] })).toBe('none');
  });
});

describe('addresses in every spelling', () => {
  test.each([
    ['https://0x7f.1/', '127.0.0.1 is a loopback address'],
    ['https://2130706433/', '127.0.0.1 is a loopback address'],
    ['https://0177.0.0.1/', '127.0.0.1 is a loopback address'],
    ['https://127.1/', '127.0.0.1 is a loopback address'],
    ['https://127.0.0.1./', '127.0.0.1 is a loopback address'],
    ['https://①②⑦.0.0.1/', '127.0.0.1 is a loopback address'],
    ['https://%31%32%37.0.0.1/', '127.0.0.1 is a loopback address'],
    ['https:\\\\127.0.0.1\\', '127.0.0.1 is a loopback address'],
    ['https://[::ffff:7f00:1]/', '::ffff:7f00:1 is 127.0.0.1, a loopback address'],
    ['https://[::ffff:127.0.0.1]/', '::ffff:7f00:1 is 127.0.0.1, a loopback address'],
    ['https://[::1]/', '::1 is the loopback address'],
    ['https://[0:0:0:0:0:0:0:1]/', '::1 is the loopback address'],
    ['https://169.254.169.254/latest/meta-data/', '169.254.169.254 is a link-local address'],
    ['https://10.0.0.1:8443/', '10.0.0.1 is a private address'],
    ['https://0/', '0.0.0.0 is the unspecified address'],
  ])('%s', (text, phrase) => {
    expect(problem(text)).toContain(phrase);
    expect(problem(text)).toContain('Use a host that is reachable on the public internet.');
  });

  test('loopback is refused where it is not allowed, private addresses in development too', () => {
    expect(problem('http://127.0.0.1/', internal)).toContain('loopback');
    expect(problem('http://10.0.0.1/', developmentPolicy)).toContain('private');
  });
});

describe('private names', () => {
  test.each([
    ['https://localhost/', 'localhost is this machine'],
    ['https://LOCALHOST./', 'localhost is this machine'],
    ['https://a.b.localhost/', 'a.b.localhost is this machine'],
    ['https://n8n/', 'n8n has no domain'],
    ['https://printer.local/', 'ends in .local'],
    ['https://metadata.google.internal/', 'ends in .internal'],
    ['https://router.home.arpa/', 'ends in .home.arpa'],
    ['https://nas.lan./', 'ends in .lan'],
    ['https://example..com/', 'empty label between two dots'],
    ['https://example.com../', 'empty label between two dots'],
    ['https://./', 'empty label between two dots'],
  ])('%s', (text, phrase) => {
    expect(problem(text)).toContain(phrase);
  });

  test('names that only look alike are admitted', () => {
    for (const host of ['notlocalhost.com', 'localhost.example.com', 'mylocal.io', 'lan.example.com', 'internal.dev']) {
      expect(problem(`https://${host}/`)).toBe('none');
    }
  });
});

describe('the rest of the URL', () => {
  test.each([
    ['', 'not a URL'],
    ['example.com/hook', 'not a URL'],
    ['https://', 'not a URL'],
    ['https://exa mple.com/', 'not a URL'],
    ['https://[fe80::1%25eth0]/', 'not a URL'],
    ['https://example.com:99999/', 'not a URL'],
    ['https://exam\nple.com/', 'tab or a line break'],
    ['http://example.com/', 'must start with https://.'],
    ['ftp://example.com/', 'must start with https://.'],
    ['javascript:alert(1)', 'must start with https://.'],
    ['https://user:pass@example.com/', "use the webhook's authentication instead"],
    ['https://user@example.com/', "use the webhook's authentication instead"],
    ['https://example.com/#part', 'Remove it and what follows'],
    ['https://example.com/#', 'Remove it and what follows'],
    ['https://example.com:22/', 'Port 22 is reserved'],
    ['https://example.com:0/', 'Port 0 is reserved'],
    [`https://example.com/${'a'.repeat(2029)}`, 'longer than 2,048'],
    [`https://example.com/${'ü'.repeat(1000)}`, 'longer than 2,048'],
  ])('%s', (text, phrase) => {
    expect(problem(text)).toContain(phrase);
  });

  test('2,048 characters are admitted', () => {
    expect(problem(`https://example.com/${'a'.repeat(2028)}`)).toBe('none');
  });

  test.each(['ftp://example.com/', 'file:///etc/passwd', 'ws://example.com/'])('in development: %s', (text) => {
    expect(problem(text, developmentPolicy)).toBe('The URL must start with https:// or http://.');
  });

  test('a problem never repeats the path, the query or the password', () => {
    const bad = [
      'http://h.example/s3cret?s3cret',
      'https://u:s3cret@h.example/',
      'https://10.0.0.1/s3cret#s3cret',
      's3cret:s3cret',
      's3cret',
    ];
    for (const text of bad) {
      expect(problem(text)).not.toBe('none');
      expect(problem(text)).not.toContain('s3cret');
    }
  });
});

test('a bad entry of the allow list is an error that names it, not a verdict on a URL', () => {
  expect(() => checkTargetUrl('https://8.8.8.8/', { ...productionPolicy, allow: ['10.0.0.0/99'] })).toThrow(
    '10.0.0.0/99',
  );
});

test('an origin is judged alike with and without the brackets of IPv6', () => {
  for (const hostname of ['[::1]', '::1']) {
    expect(originProblem({ protocol: 'https:', hostname, port: '' }, productionPolicy)).toContain('loopback');
    expect(originProblem({ protocol: 'https:', hostname, port: '' }, developmentPolicy)).toBeUndefined();
  }
});
