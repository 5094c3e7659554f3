import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { TargetAgentOptions } from '../../src/target/http-agent.ts';
import type { Resolver } from '../../src/target/lookup.ts';
import { developmentPolicy, productionPolicy, type TargetPolicy } from '../../src/target/policy.ts';
import { type PostLimits, post } from '../../src/target/post.ts';
import { type ConnectProxy, connectProxy, type ProxyOptions } from './support/proxy.ts';
import {
  agentFor,
  drip,
  eachRequest,
  freePort,
  httpReceiver,
  httpsReceiver,
  type Receiver,
  rawReceiver,
  tcpReceiver,
  tlsReceiver,
} from './support/receivers.ts';
import { selfSigned } from './support/self-signed.ts';

const certificate = selfSigned({ host: 'receiver.example' });
const proxyCertificate = selfSigned({ host: 'localhost' });
const noAnswer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** The receiver's machine is "inside the operator's network", so that these tests can reach it. */
const oneAddress: TargetPolicy = { requireHttps: false, allowLoopback: false, allow: ['127.0.0.1'] };
const publicOnly: TargetPolicy = { ...productionPolicy, requireHttps: false };
const here: Resolver = async () => [{ address: '127.0.0.1' }];
const nobody: Resolver = () => Promise.reject(new Error('must not be asked'));

interface Through extends Partial<TargetAgentOptions> {
  readonly policy?: TargetPolicy;
  readonly resolve?: 'here' | 'proxy';
  readonly url?: string;
}

function agentThrough(
  proxy: Pick<ConnectProxy, 'port'>,
  { policy = oneAddress, resolve = 'here', url, ...options }: Through = {},
) {
  return agentFor(policy, {
    resolver: resolve === 'here' ? here : nobody,
    ca: [certificate.cert, proxyCertificate.cert],
    proxy: { url: url ?? `http://127.0.0.1:${proxy.port}`, resolve },
    ...options,
  });
}

function send(agent: ReturnType<typeof agentThrough>, url: string, limits: Partial<PostLimits> = {}) {
  return post(agent, { url: `${url}/s3cret`, headers: {}, body: '{}' }, { deadlineMs: 3000, ...limits });
}

/** What a customer is told holds neither where the proxy is nor what this server tells it of itself. */
function expectDiscreet(result: unknown, proxy: Pick<ConnectProxy, 'port'>): void {
  const text = JSON.stringify(result);
  expect(text).not.toContain('s3cret');
  expect(text).not.toContain(`:${proxy.port}`);
  expect(text).not.toContain('127.0.0.1');
}

async function noneOpen(proxy: { readonly open: number }): Promise<void> {
  while (proxy.open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

const scenes = (['http', 'https'] as const).flatMap((scheme) =>
  (['here', 'proxy'] as const).map((resolve) => ({ scheme, resolve })),
);

describe.each(scenes)('$scheme, the name resolved by: $resolve', ({ scheme, resolve }) => {
  async function scene() {
    const seen: { headers: unknown; servername: unknown }[] = [];
    const note: Parameters<typeof httpReceiver>[0] = (request, response) => {
      seen.push({ headers: request.headers, servername: (request.socket as TLSSocket).servername });
      response.end('ok');
    };
    const receiver = scheme === 'https' ? await httpsReceiver(certificate, note) : await httpReceiver(note);
    const proxy = await connectProxy({ names: { 'receiver.example': '127.0.0.1', 'other.example': '127.0.0.1' } });
    const policy = resolve === 'here' ? oneAddress : publicOnly;
    return { seen, receiver, proxy, through: { policy, resolve } };
  }

  test('the request arrives through a tunnel, which later requests use too', async () => {
    const { seen, receiver, proxy, through } = await scene();
    const agent = agentThrough(proxy, through);
    const url = `${scheme}://receiver.example:${receiver.port}`;
    for (let i = 0; i < 2; i++)
      expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200, body: 'ok' });

    const named = resolve === 'here' ? '127.0.0.1' : 'receiver.example';
    expect(proxy.requests.map(({ authority }) => authority)).toEqual([`${named}:${receiver.port}`]);
    expect(proxy.requests[0]?.headers.host).toBe(`${named}:${receiver.port}`);
    expect(proxy.others).toBe(0);
    expect(receiver.connections).toBe(1);
    expect(seen).toHaveLength(2);
    expect(seen[0]?.headers).toMatchObject({ host: `receiver.example:${receiver.port}`, connection: 'keep-alive' });
    expect(seen[0]?.servername).toBe(scheme === 'https' ? 'receiver.example' : undefined);
  });

  test('a user name and a password are for the proxy alone', async () => {
    const { seen, receiver, proxy, through } = await scene();
    const agent = agentThrough(proxy, { ...through, url: `http://us%40er:p%3As3cret@127.0.0.1:${proxy.port}` });
    expect(await send(agent, `${scheme}://receiver.example:${receiver.port}`)).toMatchObject({ status: 200 });
    const basic = `Basic ${Buffer.from('us@er:p:s3cret').toString('base64')}`;
    expect(proxy.requests[0]?.headers['proxy-authorization']).toBe(basic);
    expect(seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test('a proxy behind TLS', async () => {
    const { receiver, through } = await scene();
    const proxy = await connectProxy({ names: { 'receiver.example': '127.0.0.1' }, certificate: proxyCertificate });
    const agent = agentThrough(proxy, { ...through, url: `https://localhost:${proxy.port}` });
    const url = `${scheme}://receiver.example:${receiver.port}`;
    for (let i = 0; i < 2; i++) expect(await send(agent, url)).toMatchObject({ status: 200, body: 'ok' });
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('what is judged here', () => {
  test('by an address that the name has here: the proxy is not even asked', async () => {
    const proxy = await connectProxy();
    const resolver: Resolver = async () => [{ address: '127.0.0.1' }, { address: '10.0.0.5' }];
    const result = await send(agentThrough(proxy, { resolver }), 'http://evil.example');
    expect(result).toMatchObject({ code: 'target_refused', detail: expect.stringContaining('10.0.0.5') });
    expect(proxy.requests).toEqual([]);
  });

  test.each([
    ['http://127.0.0.1:8080', 'loopback'],
    ['http://[::1]:8080', 'loopback'],
    ['http://169.254.169.254', 'link-local'],
    ['http://localhost', 'this machine'],
    ['http://metadata.google.internal', '.internal'],
    ['http://n8n', 'no domain'],
    ['http://receiver.example:25', 'Port 25'],
  ])('also where the proxy resolves: %s', async (url, phrase) => {
    const proxy = await connectProxy();
    const result = await send(agentThrough(proxy, { policy: publicOnly, resolve: 'proxy' }), url);
    expect(result).toMatchObject({ code: 'target_refused', message: expect.stringContaining(phrase) });
    expect(proxy.requests).toEqual([]);
  });

  test('a scheme', async () => {
    const proxy = await connectProxy();
    const result = await send(agentThrough(proxy, { policy: productionPolicy, resolve: 'proxy' }), 'http://a.example');
    expect(result).toMatchObject({ code: 'target_refused', message: expect.stringContaining('https://') });
    expect(proxy.requests).toEqual([]);
  });

  test.each(['here', 'proxy'] as const)('a localhost name is its addresses, resolved by: %s', async (resolve) => {
    const receiver = await httpReceiver((_, response) => response.end());
    const proxy = await connectProxy();
    const agent = agentThrough(proxy, { policy: developmentPolicy, resolve, resolver: nobody });
    expect(await send(agent, `http://app.localhost:${receiver.port}`)).toMatchObject({ status: 200 });
    expect(proxy.requests.map(({ authority }) => authority)).toEqual([`127.0.0.1:${receiver.port}`]);
  });

  test('an IPv6 address is named in brackets', async () => {
    const proxy = await connectProxy({ refuse: () => 502 });
    await send(agentThrough(proxy, { policy: publicOnly }), 'https://[2606:4700::1]:8443');
    expect(proxy.requests.map(({ authority }) => authority)).toEqual(['[2606:4700::1]:8443']);
  });

  test.each([
    ['http', 80],
    ['https', 443],
  ])('the port of %s is named', async (scheme, port) => {
    const proxy = await connectProxy({ refuse: () => 502 });
    await send(agentThrough(proxy, { policy: publicOnly }), `${scheme}://8.8.8.8`);
    expect(proxy.requests.map(({ authority }) => authority)).toEqual([`8.8.8.8:${port}`]);
  });
});

describe('several addresses', () => {
  const addresses = ['2606:4700::1', '8.8.8.8', '127.0.0.1'];
  const resolver: Resolver = async () => addresses.map((address) => ({ address }));

  test('are tried one after another while the proxy cannot connect, IPv4 first', async () => {
    const receiver = await httpReceiver((_, response) => response.end());
    const proxy = await connectProxy({ refuse: (authority) => (authority.startsWith('127.') ? undefined : 503) });
    const result = await send(agentThrough(proxy, { resolver }), `http://receiver.example:${receiver.port}`);
    expect(result).toMatchObject({ status: 200 });
    const { port } = receiver;
    expect(proxy.requests.map(({ authority }) => authority)).toEqual([`8.8.8.8:${port}`, `127.0.0.1:${port}`]);
  });

  test('share the time: one that the proxy hangs on does not use it up', async () => {
    const receiver = await httpReceiver((_, response) => response.end());
    const proxy = await rawReceiver((socket) => {
      if (proxy.connections === 2) socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      if (proxy.connections === 3) socket.write('HTTP/1.1 200 OK\r\n\r\n', () => answerAll(socket));
    });
    const answerAll = (socket: Parameters<typeof eachRequest>[0]) => eachRequest(socket, () => socket.write(noAnswer));
    const agent = agentThrough(proxy, { resolver, connectTimeoutMs: 600 });
    expect(await send(agent, `http://receiver.example:${receiver.port}`)).toMatchObject({ status: 200 });
    expect(proxy.connections).toBe(3);
  });

  test('are not tried when the proxy refuses this server', async () => {
    const proxy = await connectProxy({ refuse: () => 407 });
    await send(agentThrough(proxy, { resolver }), 'http://receiver.example');
    expect(proxy.requests).toHaveLength(1);
  });
});

describe('the proxy does not open a tunnel', () => {
  const ours = 'The receiver is not at fault; the operator of this server has to fix it.';
  const prefix = "Nothing was sent: this server's proxy";

  test.each<[number, string, string]>([
    [407, 'hindered', `${prefix} rejected this server's credentials (407). ${ours}`],
    [400, 'hindered', `${prefix} answered 400 to a CONNECT request. ${ours}`],
    [302, 'hindered', `${prefix} answered 302 to a CONNECT request. ${ours}`],
    [100, 'hindered', `${prefix} answered 100 to a CONNECT request. ${ours}`],
    [
      403,
      'target_refused',
      "This server's proxy does not allow connections to receiver.example (403). Use another host, or ask the operator of this server to allow it.",
    ],
    [
      502,
      'network',
      "This server's proxy could not connect to receiver.example (502). Check that the receiver is running and reachable.",
    ],
    [
      503,
      'network',
      "This server's proxy could not connect to receiver.example (503). Check that the receiver is running and reachable.",
    ],
    [
      504,
      'timeout',
      "This server's proxy could not connect to receiver.example (504: no answer in time). Check that the receiver is running and reachable.",
    ],
  ])('%d', async (status, code, message) => {
    const troubles: string[][] = [];
    const proxy = await connectProxy({ refuse: () => status });
    const onProxyTrouble = (...trouble: string[]) => troubles.push(trouble);
    const url = `http://user:s3cret@127.0.0.1:${proxy.port}`;
    const result = await send(agentThrough(proxy, { url, onProxyTrouble }), 'https://receiver.example');
    expect(result).toEqual({ kind: 'error', code, message, durationMs: expect.any(Number) });
    expectDiscreet(result, proxy);
    expect(troubles).toEqual(code === 'hindered' ? [[`127.0.0.1:${proxy.port}`, `${status}`]] : []);
    await noneOpen(proxy);
  });

  test.each<[string, string, (socket: Parameters<typeof drip>[0]) => void]>([
    ['closes', `${prefix} closed the connection without answering (ECONNRESET). ${ours}`, (socket) => socket.end()],
    [
      'resets',
      `${prefix} closed the connection without answering (ECONNRESET). ${ours}`,
      (socket) => socket.resetAndDestroy(),
    ],
    [
      'garbage',
      `${prefix} did not answer with valid HTTP. ${ours}`,
      (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n\r\n'),
    ],
    [
      'headers without end',
      `${prefix} did not answer with valid HTTP. ${ours}`,
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        drip(socket, `x-header: ${'x'.repeat(2000)}\r\n`, 1);
      },
    ],
  ])('%s', async (_, message, answer) => {
    const proxy = await rawReceiver(answer);
    const result = await send(agentThrough(proxy), 'https://receiver.example');
    expect(result).toMatchObject({ kind: 'error', code: 'hindered', message });
    expectDiscreet(result, proxy);
    await noneOpen(proxy);
    expect(proxy.connections).toBe(1);
  });

  test('nothing listens there', async () => {
    const port = await freePort();
    const troubles: string[][] = [];
    const onProxyTrouble = (...trouble: string[]) => troubles.push(trouble);
    const result = await send(agentThrough({ port }, { onProxyTrouble }), 'https://receiver.example');
    expect(result).toMatchObject({ code: 'hindered', message: `${prefix} is unreachable (ECONNREFUSED). ${ours}` });
    expectDiscreet(result, { port });
    expect(troubles).toEqual([[`127.0.0.1:${port}`, 'ECONNREFUSED']]);
  });

  test('its name is not known', async () => {
    const url = 'http://user:s3cret@proxy.invalid:3128';
    const result = await send(agentThrough({ port: 3128 }, { url }), 'https://receiver.example');
    expect(result).toMatchObject({
      code: 'hindered',
      message: expect.stringMatching(/is unreachable \((ENOTFOUND|EAI_AGAIN)\)/),
    });
    expect(JSON.stringify(result)).not.toContain('proxy.invalid');
  });

  test('its certificate is for another host', async () => {
    const proxy = await connectProxy({ certificate });
    const url = `https://localhost:${proxy.port}`;
    const result = await send(agentThrough(proxy, { url }), 'https://receiver.example');
    expect(result).toMatchObject({
      code: 'hindered',
      message: `${prefix} is unreachable (ERR_TLS_CERT_ALTNAME_INVALID). ${ours}`,
    });
    expect(proxy.requests).toEqual([]);
  });

  test('its certificate is for the receiver it is asked for', async () => {
    const proxy = await connectProxy({ certificate, names: { 'receiver.example': '127.0.0.1' } });
    const url = `https://localhost:${proxy.port}`;
    const agent = agentThrough(proxy, { url, policy: publicOnly, resolve: 'proxy' });
    expect(await send(agent, 'https://receiver.example')).toMatchObject({ code: 'hindered' });
    expect(proxy.requests).toEqual([]);
  });

  test('it does not finish the TLS handshake', async () => {
    const proxy = await tcpReceiver((socket) => socket.resume());
    const agent = agentThrough(proxy, { url: `https://localhost:${proxy.port}`, connectTimeoutMs: 200 });
    const result = await send(agent, 'https://receiver.example');
    expect(result).toMatchObject({ code: 'hindered', message: `${prefix} is unreachable (ETIMEDOUT). ${ours}` });
  });

  test('hangs until the connection has to be there', async () => {
    const proxy = await rawReceiver(() => {});
    const result = await send(agentThrough(proxy, { connectTimeoutMs: 150 }), 'https://receiver.example');
    expect(result).toMatchObject({
      code: 'timeout',
      message:
        "This server's proxy did not connect to receiver.example in time. Check that the receiver is reachable; if webhooks to other hosts fail like this too, the proxy is at fault.",
    });
    expectDiscreet(result, proxy);
    await noneOpen(proxy);
  });

  test('hangs until the deadline', async () => {
    const proxy = await rawReceiver(() => {});
    const result = await send(agentThrough(proxy, { connectTimeoutMs: 1000 }), 'https://receiver.example', {
      deadlineMs: 150,
    });
    expect(result).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('did not connect to receiver.example within 150 ms.'),
    });
    expectDiscreet(result, proxy);
    await noneOpen(proxy);
  });
});

describe('through a tunnel', () => {
  const names = { 'receiver.example': '127.0.0.1', 'other.example': '127.0.0.1' };

  async function tunnelTo(receiver: Receiver, options: ProxyOptions = {}) {
    const proxy = await connectProxy({ names, ...options });
    return { proxy, agent: agentThrough(proxy), port: receiver.port };
  }

  test('nobody listens at the receiver', async () => {
    const proxy = await connectProxy();
    const result = await send(agentThrough(proxy), `http://receiver.example:${await freePort()}`);
    expect(result).toMatchObject({ code: 'network', message: expect.stringContaining('(502)') });
  });

  test('the receiver closes without an answer: its fault, and not repeated on a new connection', async () => {
    const receiver = await rawReceiver((socket) => socket.end());
    const { proxy, agent, port } = await tunnelTo(receiver);
    expect(await send(agent, `http://receiver.example:${port}`)).toMatchObject({
      code: 'reset',
      message:
        "The receiver closed the connection without answering. If it expects TLS, write https:// in the webhook's URL.",
    });
    expect(proxy.requests).toHaveLength(1);
  });

  test.each([
    ['http', false],
    ['https', true],
  ])('a kept connection of %s that the receiver closes is replaced once', async (scheme, encrypted) => {
    let requests = 0;
    const accept = (socket: Parameters<typeof eachRequest>[0]) =>
      eachRequest(socket, () => (++requests === 2 ? socket.end() : socket.write(noAnswer)));
    const receiver = encrypted ? await tlsReceiver(certificate, accept) : await tcpReceiver(accept);
    const { proxy, agent, port } = await tunnelTo(receiver);
    const url = `${scheme}://receiver.example:${port}`;
    for (let i = 0; i < 2; i++) expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200 });
    expect(requests).toBe(3);
    expect(proxy.requests).toHaveLength(2);
  });

  test('the certificate is checked against the name, and the failed tunnel is closed', async () => {
    const receiver = await httpsReceiver(certificate, (_, response) => response.end());
    const { proxy, agent, port } = await tunnelTo(receiver);
    expect(await send(agent, `https://other.example:${port}`)).toMatchObject({
      code: 'tls',
      message: expect.stringContaining(`is not for other.example:${port}`),
    });
    await noneOpen(proxy);
  });

  test('plain HTTP on the other side, a hanging and a broken handshake', async () => {
    const plain = await tunnelTo(await httpReceiver((_, response) => response.end()));
    expect(await send(plain.agent, `https://receiver.example:${plain.port}`)).toMatchObject({ code: 'tls' });
    const broken = await tunnelTo(await rawReceiver((socket) => socket.end()));
    expect(await send(broken.agent, `https://receiver.example:${broken.port}`)).toMatchObject({
      code: 'tls',
      message: expect.stringContaining('closed the connection during the TLS handshake'),
    });
    const hanging = await tunnelTo(await tcpReceiver((socket) => socket.resume()));
    const result = await send(hanging.agent, `https://receiver.example:${hanging.port}`, { deadlineMs: 150 });
    expect(result).toMatchObject({ code: 'timeout' });
    for (const { proxy } of [plain, broken]) await noneOpen(proxy);
  });

  test('a receiver that speaks first gets one connection and an error', async () => {
    const proxy = await rawReceiver((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n220 mail.example ESMTP\r\n'));
    const result = await send(agentThrough(proxy), 'http://receiver.example', { deadlineMs: 500 });
    expect(result).toMatchObject({ code: 'protocol', message: 'The receiver sent data before the request.' });
    expect(proxy.connections).toBe(1);
  });

  test('that opens late: a webhook that was paused meanwhile gets nothing', async () => {
    const opened = Promise.withResolvers<void>();
    const bytes: string[] = [];
    const receiver = await tcpReceiver((socket) => socket.on('data', (chunk) => bytes.push(String(chunk))));
    const { proxy, agent, port } = await tunnelTo(receiver, { until: opened.promise });
    let wanted = true;
    const sent = send(agent, `http://receiver.example:${port}`, { wanted: () => wanted });
    while (proxy.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    wanted = false;
    opened.resolve();
    expect(await sent).toMatchObject({ code: 'withdrawn' });
    await noneOpen(proxy);
    expect(receiver.connections).toBe(1);
    expect(bytes).toEqual([]);
  });
});
