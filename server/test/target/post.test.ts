import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { developmentPolicy } from '../../src/target/policy.ts';
import { type PostLimits, post } from '../../src/target/post.ts';
import { agentFor, freePort, httpReceiver, rawReceiver, tcpReceiver } from './support/receivers.ts';

const limits: PostLimits = { deadlineMs: 2000 };

function request(port: number, path = '/s3cret-path?s3cret=query') {
  return { url: `http://127.0.0.1:${port}${path}`, headers: { 'X-Test': '1' }, body: '{"a":"ü"}' };
}

describe('the request', () => {
  test('is a POST with the given headers and body', async () => {
    let seen: (IncomingMessage & { body: string }) | undefined;
    const receiver = await httpReceiver((received, response) => {
      seen = received;
      response.end();
    });
    await post(agentFor(), request(receiver.port), limits);
    expect(seen?.method).toBe('POST');
    expect(seen?.url).toBe('/s3cret-path?s3cret=query');
    expect(seen?.body).toBe('{"a":"ü"}');
    expect(seen?.rawHeaders).toEqual([
      ...['host', `127.0.0.1:${receiver.port}`],
      ...['connection', 'keep-alive'],
      ...['X-Test', '1'],
      ...['content-length', '10'],
    ]);
  });

  test('that cannot be written as HTTP is an error that names the header', async () => {
    const receiver = await httpReceiver((_, response) => response.end());
    const bad = { ...request(receiver.port), headers: { 'x-bad': 's3cret\r\nx: y' } };
    const result = await post(agentFor(), bad, limits);
    expect(result).toMatchObject({ kind: 'error', code: 'hindered', message: expect.stringContaining('x-bad') });
    expect(JSON.stringify(result)).not.toContain('s3cret');
    expect(receiver.connections).toBe(0);
  });

  test.each(['s3cret', 'ftp://example.com/s3cret', 'data:s3cret'])(
    'to %s, which is not a web address, is an error',
    async (url) => {
      const result = await post(agentFor(), { url, headers: {}, body: '' }, limits);
      expect(result).toMatchObject({ kind: 'error', code: 'target_refused' });
      expect(JSON.stringify(result)).not.toContain('s3cret');
    },
  );
});

describe('the response', () => {
  test('has status, headers as strings, and body', async () => {
    const receiver = await httpReceiver((_, response) => {
      response.writeHead(422, { 'X-One': 'a', 'Set-Cookie': ['b=1', 'c=2'], 'Retry-After': '7' });
      response.end('{"error":"ä€😀"}');
    });
    const result = await post(agentFor(), request(receiver.port), limits);
    expect(result).toMatchObject({
      kind: 'response',
      status: 422,
      headers: { 'x-one': 'a', 'set-cookie': 'b=1, c=2', 'retry-after': '7' },
      body: '{"error":"ä€😀"}',
      truncated: false,
    });
    expect(Number.isInteger(result.durationMs)).toBe(true);
  });

  test('may be empty', async () => {
    const receiver = await httpReceiver((_, response) => response.writeHead(204).end());
    expect(await post(agentFor(), request(receiver.port), limits)).toMatchObject({ status: 204, body: '' });
  });

  test('in bytes that are not UTF-8 has replacement characters', async () => {
    const receiver = await httpReceiver((_, response) => response.end(Buffer.from([0x61, 0xff, 0x62])));
    expect(await post(agentFor(), request(receiver.port), limits)).toMatchObject({ body: 'a\ufffdb' });
  });

  test('in many pieces is put together', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3000\r\n\r\n');
      let i = 0;
      const timer = setInterval(() => {
        for (const end = i + 20; i < end; i++) socket.write(String(i).padStart(10, '.'));
        if (i === 300) clearInterval(timer);
      }, 1);
    });
    const result = await post(agentFor(), request(receiver.port), limits);
    expect(result).toMatchObject({
      body: Array.from({ length: 300 }, (_, i) => String(i).padStart(10, '.')).join(''),
      truncated: false,
    });
  });

  test('after interim responses is the final one', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n');
      socket.write('HTTP/1.1 201 Created\r\nx-final: 1\r\ncontent-length: 2\r\n\r\nok');
    });
    const result = await post(agentFor(), request(receiver.port), limits);
    expect(result).toMatchObject({ status: 201, headers: { 'x-final': '1' }, body: 'ok' });
  });

  test('that ends with the connection is complete', async () => {
    const receiver = await rawReceiver((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
    expect(await post(agentFor(), request(receiver.port), limits)).toMatchObject({
      status: 200,
      body: 'until the end',
    });
  });

  test('connections are used again', async () => {
    const receiver = await httpReceiver((_, response) => response.end('ok'));
    const agent = agentFor();
    for (let i = 0; i < 5; i++) await post(agent, request(receiver.port), limits);
    expect(receiver.connections).toBe(1);
  });
});

describe('the cap on the body', () => {
  test.each([
    [10, '0123456789', false],
    [9, '012345678', true],
    [0, '', true],
  ])('%d bytes of ten', async (maxBodyBytes, body, truncated) => {
    const receiver = await httpReceiver((_, response) => response.end('0123456789'));
    const result = await post(agentFor(), request(receiver.port), { ...limits, maxBodyBytes });
    expect(result).toMatchObject({ kind: 'response', status: 200, body, truncated });
  });

  test('is 16 KiB when nothing else is said, and the connection is not used again', async () => {
    const receiver = await httpReceiver((_, response) => response.end('x'.repeat(16_385)));
    const agent = agentFor();
    for (let i = 0; i < 2; i++) {
      const result = await post(agent, request(receiver.port), limits);
      expect(result).toMatchObject({ status: 200, body: 'x'.repeat(16_384), truncated: true });
    }
    expect(receiver.connections).toBe(2);
  });

  test('holds when the answer ends in the same packet and closes the connection', async () => {
    const receiver = await rawReceiver((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\n0123456789'),
    );
    const result = await post(agentFor(), request(receiver.port), { ...limits, maxBodyBytes: 4 });
    expect(result).toMatchObject({ kind: 'response', body: '0123', truncated: true });
  });
});

describe('errors', () => {
  test('nothing listens: refused', async () => {
    const port = await freePort();
    expect(await post(agentFor(), request(port), limits)).toEqual({
      kind: 'error',
      code: 'refused',
      message: `127.0.0.1:${port} refused the connection. Check that the receiver is running and that the port is right.`,
      durationMs: expect.any(Number),
      system: 'ECONNREFUSED',
    });
  });

  test('the name has no address: dns', async () => {
    const resolver = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    const agent = agentFor(developmentPolicy, { resolver });
    const result = await post(agent, { ...request(1), url: 'http://nowhere.example/s3cret' }, limits);
    expect(result).toMatchObject({ kind: 'error', code: 'dns', message: expect.stringContaining('(ENOTFOUND)') });
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });

  test('no way to the host: network', async () => {
    const receiver = await httpReceiver((_, response) => response.end());
    const cause = Object.assign(new Error('connect ENETUNREACH s3cret'), { code: 'ENETUNREACH' });
    const agent = agentFor();
    agent.dispatch = (_, handler) => {
      handler.onResponseError?.(undefined as never, cause);
      return false;
    };
    expect(await post(agent, request(receiver.port), limits)).toMatchObject({
      code: 'network',
      message: `There is no network route to 127.0.0.1:${receiver.port} (ENETUNREACH).`,
    });
  });

  test.each([
    ['timeout', 'ETIMEDOUT before the connection is open', false],
    ['network', 'ETIMEDOUT on an open connection', true],
  ])('%s: %s', async (code, _, connected) => {
    const agent = agentFor();
    agent.dispatch = (_options, handler) => {
      if (connected) handler.onRequestStart?.({} as never, null);
      handler.onResponseError?.(undefined as never, Object.assign(new Error('s3cret'), { code: 'ETIMEDOUT' }));
      return false;
    };
    expect(await post(agent, request(1234), limits)).toMatchObject({ code });
  });

  test('a client that throws: still a result', async () => {
    const agent = agentFor();
    agent.dispatch = () => {
      throw new Error('s3cret');
    };
    expect(await post(agent, request(1234), limits)).toMatchObject({
      code: 'network',
      message: 'The request to 127.0.0.1:1234 failed (Error).',
    });
  });

  test('the name is not found in time: timeout', async () => {
    const agent = agentFor(developmentPolicy, { resolver: () => new Promise(() => {}), connectTimeoutMs: 300 });
    const result = await post(agent, { ...request(1), url: 'http://slow.example/s3cret' }, { deadlineMs: 100 });
    expect(result).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('The name of slow.example was not resolved within 100 ms.'),
    });
  });

  test('the connection is not opened in time: timeout', async () => {
    const agent = agentFor(developmentPolicy, { resolver: () => new Promise(() => {}), connectTimeoutMs: 100 });
    const result = await post(agent, { ...request(1), url: 'http://slow.example/s3cret' }, limits);
    expect(result).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('The name of slow.example was not resolved within 100 ms.'),
    });
  });

  test('a request whose time ran out while it waited for a connection is never sent', async () => {
    const answers: (() => void)[] = [];
    const bodies: string[] = [];
    const receiver = await httpReceiver((received, response) => {
      bodies.push(received.body);
      answers.push(() => response.end());
    });
    const agent = agentFor(developmentPolicy, { maxConnectionsPerOrigin: 1 });
    const first = post(agent, { ...request(receiver.port), body: 'first' }, limits);
    const second = await post(agent, { ...request(receiver.port), body: 'second' }, { deadlineMs: 100 });
    expect(second).toMatchObject({ code: 'timeout', message: expect.stringContaining('Connecting to') });
    answers.shift()?.();
    expect(await first).toMatchObject({ status: 200 });
    const third = post(agent, { ...request(receiver.port), body: 'third' }, limits);
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    answers.shift()?.();
    expect(await third).toMatchObject({ status: 200 });
    expect(bodies).toEqual(['first', 'third']);
  });
});

describe('shutdown', () => {
  test('stops a request under way', async () => {
    const shutdown = new AbortController();
    const receiver = await rawReceiver(() => shutdown.abort());
    const result = await post(agentFor(), request(receiver.port), { ...limits, signal: shutdown.signal });
    expect(result).toEqual({
      kind: 'error',
      code: 'aborted',
      message: 'The request was stopped because the server is shutting down.',
      durationMs: expect.any(Number),
      connected: true,
    });
  });

  test('stops every request of one signal, and those that come later', async () => {
    const shutdown = new AbortController();
    const agent = agentFor();
    const receiver = await tcpReceiver(() => {
      if (receiver.connections === 30) shutdown.abort();
    });
    const sent = Array.from({ length: 30 }, () =>
      post(agent, request(receiver.port), { ...limits, signal: shutdown.signal }),
    );
    const codes = (await Promise.all(sent)).map((result) => (result.kind === 'error' ? result.code : result.status));
    expect(codes).toEqual(Array(30).fill('aborted'));
    expect(await post(agent, request(receiver.port), { ...limits, signal: shutdown.signal })).toMatchObject({
      code: 'aborted',
    });
    expect(receiver.connections).toBe(30);
  });

  test('of the agent stops requests too', async () => {
    const agent = agentFor();
    const receiver = await rawReceiver(() => void agent.destroy());
    expect(await post(agent, request(receiver.port), limits)).toMatchObject({ code: 'aborted' });
    expect(await post(agent, request(receiver.port), limits)).toMatchObject({ code: 'aborted' });
  });
});
