import { describe, expect, test } from 'vitest';
import { headerProblem } from '../../src/target/header-rules.ts';

describe('names', () => {
  test.each([
    'X-Api-Key',
    'authorization',
    'x_custom',
    'X-Tenant',
    '1',
    "!#$%&'*+-.^_`|~",
    'a'.repeat(128),
    'Cookie',
    'Accept',
  ])('%s is admitted', (name) => {
    expect(headerProblem(name, 'value')).toBeUndefined();
  });

  test.each(['', 'x y', 'x:y', ':path', 'x\r\ny', 'x\0', 'ü', 'x(y)', 'x"', 'x/y', 'x\t', ' x', 'a'.repeat(129)])(
    '%j is not a name',
    (name) => {
      expect(headerProblem(name, 'value')).toMatch(/^A header/);
    },
  );

  test.each([
    'Host',
    'Content-Length',
    'content-length',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Upgrade',
    'Expect',
    'Proxy-Authorization',
    'Proxy-Connection',
    'proxy-anything',
    'Content-Encoding',
    'Content-Type',
    'HTTP2-Settings',
    'Content_Length',
    'transfer_encoding',
    'Content-Range',
    'Forwarded',
    'Via',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Real-IP',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'Sec-WebSocket-Key',
  ])('%s is refused with a reason', (name) => {
    expect(headerProblem(name, 'value')).toMatch(new RegExp(`^The header ${name} cannot be set: .+ Remove it\\.$`));
  });
});

describe('values', () => {
  test.each(['', 'abc', 'a b\tc', '~!@#$%^&*()', 'a'.repeat(4096)])('%j is admitted', (value) => {
    expect(headerProblem('x-test', value)).toBeUndefined();
  });

  test.each([
    ['a\r\nb: c', 'line break'],
    ['a\nb', 'line break'],
    ['a\rb', 'line break'],
    ['a\0b', 'NUL'],
    ['a\x01b', 'visible ASCII'],
    ['a\x7fb', 'visible ASCII'],
    ['a\x85b', 'visible ASCII'],
    ['käse', 'visible ASCII'],
    ['日本', 'visible ASCII'],
    ['a\u2028b', 'visible ASCII'],
    [' a', 'starts or ends'],
    ['a\t', 'starts or ends'],
    ['a'.repeat(4097), 'longer than 4096'],
  ])('%j is refused', (value, phrase) => {
    expect(headerProblem('x-test', value)).toContain(phrase);
  });

  test('a problem never repeats the value', () => {
    expect(headerProblem('x-test', 's3cret\n')).not.toContain('s3cret');
    expect(headerProblem('x-test', ' s3cret')).not.toContain('s3cret');
  });
});
