import { readAddress } from 'bellhop-zapier/address';
import { describe, expect, test } from 'vitest';

describe('a server address', () => {
  test.each([
    ['https://bellhop.example.com', 'https://bellhop.example.com'],
    ['https://bellhop.example.com/', 'https://bellhop.example.com'],
    ['https://bellhop.example.com///', 'https://bellhop.example.com'],
    ['bellhop.example.com', 'https://bellhop.example.com'],
    ['  Bellhop.Example.com \n', 'https://bellhop.example.com'],
    ['HTTPS://bellhop.example.com', 'https://bellhop.example.com'],
    ['bellhop.example.com:8443', 'https://bellhop.example.com:8443'],
    ['bellhop.example.com/hooks/', 'https://bellhop.example.com/hooks'],
    ['https://bellhop.example.com/v1', 'https://bellhop.example.com'],
    ['https://bellhop.example.com/v1/me?x=1#y', 'https://bellhop.example.com'],
    ['https://bellhop.example.com/docs/', 'https://bellhop.example.com'],
    ['https://example.com/bellhop/openapi.json', 'https://example.com/bellhop'],
    ['203.0.113.7', 'https://203.0.113.7'],
    ['https://[2001:db8::1]:8080', 'https://[2001:db8::1]:8080'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080/', 'http://localhost:8080'],
    ['http://bellhop.localhost', 'http://bellhop.localhost'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['https://localhost:8443', 'https://localhost:8443'],
  ])('%j is %s', (typed, url) => {
    expect(readAddress(typed)).toEqual({ ok: true, url });
  });

  test.each([
    ['', /is not an address; it looks like `https:/],
    ['bellhop', /is not an address/],
    ['sk_live_abcdefgh', /is not an address/],
    ['https://', /is not an address/],
    ['not an address', /is not an address/],
    ['https://bell hop.example.com', /is not an address/],
    ['http://bellhop.example.com', /must begin with `https:/],
    ['http://203.0.113.7:8080', /must begin with `https:/],
    ['http://10.0.0.1', /must begin with `https:/],
    ['http://127.example.com', /must begin with `https:/],
    ['http://localhost.example.com', /must begin with `https:/],
    ['ftp://bellhop.example.com', /must begin with `https:/],
    ['https://me:pass@bellhop.example.com', /must not contain a user name/],
    ['me@example.com', /must not contain a user name/],
  ])('%j is refused', (typed, problem) => {
    expect(readAddress(typed)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  test('a refusal does not repeat what was typed, which may be a key in the wrong field', () => {
    const given = readAddress('sk_live_abcdefgh');
    expect(JSON.stringify(given)).not.toContain('sk_live');
  });
});
