import { describe, expect, test } from 'vitest';
import { developmentPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import { parseProxyExceptions } from '../../src/target/proxy-exceptions.ts';
import { connectProxy } from './support/proxy.ts';
import { agentFor, httpReceiver } from './support/receivers.ts';

describe.each<[string, readonly string[], readonly string[]]>([
  [
    'example.com',
    ['https://example.com', 'https://EXAMPLE.com.', 'https://a.b.example.com:8443'],
    ['https://myexample.com', 'https://example.com.evil.test'],
  ],
  ['.example.com', ['https://a.example.com'], ['https://example.com', 'https://aexample.com']],
  [' *.example.com ', ['https://a.example.com'], ['https://example.com']],
  ['Example.com:8443', ['https://example.com:8443', 'https://a.example.com:8443'], ['https://example.com']],
  ['example.com:443', ['https://example.com'], ['http://example.com']],
  ['localhost', ['http://localhost:3000', 'http://app.localhost'], ['http://127.0.0.1']],
  ['10.0.0.0/8', ['http://10.1.2.3', 'http://0xa000001'], ['http://11.0.0.1', 'http://10.example.com']],
  ['10.0.0.5', ['http://10.0.0.5:81'], ['http://10.0.0.6']],
  ['10.0.0.5:81', ['http://10.0.0.5:81'], ['http://10.0.0.5']],
  ['fd00::/8', ['http://[fd00::1]'], ['http://[2001:db8::1]']],
  ['::1', ['http://[::1]:3000'], ['http://127.0.0.1']],
  ['[::1]:3000', ['http://[::1]:3000'], ['http://[::1]']],
])('%s', (entry, direct, proxied) => {
  const isException = parseProxyExceptions([entry, '']);
  test.each(direct)('%s', (url) => expect(isException(new URL(url))).toBe(true));
  test.each(proxied)('not %s', (url) => expect(isException(new URL(url))).toBe(false));
});

test.each(['*', 'https://example.com', 'a b', '10.0.0.0/33', '10.0.0.1/8', 'a..b', '.'])('refused: "%s"', (entry) => {
  expect(() => parseProxyExceptions(['example.com', entry])).toThrow(`The proxy exception "${entry}" is not a host`);
});

test('an exception is connected to directly, and the rest through the proxy', async () => {
  const receiver = await httpReceiver((_, response) => response.end());
  const proxy = await connectProxy();
  const url = `http://127.0.0.1:${proxy.port}`;
  const agent = agentFor(developmentPolicy, { proxy: { url, resolve: 'here', except: ['direct.localhost'] } });
  for (const host of ['direct.localhost', 'other.localhost']) {
    const target = `http://${host}:${receiver.port}/`;
    const result = await post(agent, { url: target, headers: {}, body: '' }, { deadlineMs: 2000 });
    expect(result).toMatchObject({ status: 200 });
  }
  expect(proxy.requests).toHaveLength(1);
});

test('an exception is still checked', async () => {
  const proxy = await connectProxy();
  const url = `http://127.0.0.1:${proxy.port}`;
  const policy = { ...developmentPolicy, allowLoopback: false };
  const agent = agentFor(policy, { proxy: { url, resolve: 'proxy', except: ['10.0.0.0/8'] } });
  const result = await post(agent, { url: 'http://10.0.0.1/', headers: {}, body: '' }, { deadlineMs: 2000 });
  expect(result).toMatchObject({ code: 'target_refused' });
});
