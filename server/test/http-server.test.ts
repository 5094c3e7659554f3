import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { HttpLimits } from '../src/http-server.ts';
import { HttpServer } from '../src/http-server.ts';

const limits = { requestSeconds: 60, connections: 10_000, connectionsPerAddress: 1000 };

function newServer(listener: RequestListener, given: Partial<HttpLimits> = {}): HttpServer {
  const log = { warn: () => {} };
  return new HttpServer({ listener, host: '127.0.0.1', port: 0, limits: { ...limits, ...given }, log });
}

/** Answers after 20 ms, as a handler does that has to wait for the store. */
const slowly: RequestListener = (_, response) => void setTimeout(() => response.end('ok'), 20);

test('stopping ends although a publisher keeps sending on a connection that is kept alive', async () => {
  const server = newServer(slowly);
  const url = await server.start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses = [(await get(url, agent)).statusCode];
  const end = Date.now() + 3000;
  const publisher = (async () => {
    while (Date.now() < end) statuses.push((await get(url, agent)).statusCode);
  })().catch((error: NodeJS.ErrnoException) => error.code);
  await server.stop();
  // What was under way was answered; the next request found nobody.
  expect(await publisher).toMatch(/^ECONN(REFUSED|RESET)$/);
  expect(statuses.every((status) => status === 200)).toBe(true);
  agent.destroy();
});

test('stopping ends although an answer never comes, once it is told to wait no longer', async () => {
  const begun = Promise.withResolvers<void>();
  const server = newServer(() => begun.resolve());
  await requested(await server.start());
  await begun.promise;
  const stopped = server.stop();
  await expect(Promise.race([stopped, wait(100, 'waits')])).resolves.toBe('waits');
  server.abort();
  await stopped;
});

test.each([
  ['nothing', ''],
  ['half of the headers', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n'],
  ['half of the body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc'],
])('stopping does not wait for a connection on which %s has come', async (_, sent) => {
  const server = newServer(() => {});
  const socket = await connected(await server.start());
  socket.write(sent);
  await wait(50);
  await Promise.all([once(socket, 'close'), server.stop()]);
});

function get(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => response.resume().once('end', () => resolve(response)))
      .once('error', reject)
      .end();
  });
}

const hanging: RequestListener = () => {};

/** Connects, and resolves once the server has it. */
async function connected(url: string): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function requested(url: string): Promise<Socket> {
  const socket = await connected(url);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

async function received(socket: Socket): Promise<string> {
  let text = '';
  for await (const bytes of socket) text += String(bytes);
  return text;
}

describe('a client that takes more than its time', () => {
  const drip = (socket: Socket, text: string) => {
    const timer = setInterval(() => socket.write(text), 20);
    socket.once('close', () => clearInterval(timer));
  };

  test.each([
    ['says nothing', '', ''],
    ['sends its headers byte by byte', 'GET / HTTP/1.1\r\nX-A: ', 'a'],
    ['sends its body byte by byte', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n', 'a'],
  ])('%s: 408, and its connection ends', async (_, head, dripped) => {
    const server = newServer(hanging, { requestSeconds: 0.2 });
    const socket = await connected(await server.start());
    if (head) socket.write(head);
    if (dripped) drip(socket, dripped);
    const answer = await received(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nContent-Type: application\/problem\+json/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 408, code: 'request_timeout' });
    server.abort();
    await server.stop();
  });
});

test('a client that does not read its answer is disconnected', async () => {
  const answered = Promise.withResolvers<void>();
  const large: RequestListener = (_, response) => {
    response.once('close', answered.resolve);
    response.end(Buffer.alloc(50_000_000));
  };
  const server = newServer(large, { requestSeconds: 0.2 });
  const socket = await requested(await server.start());
  await answered.promise;
  socket.destroy();
  await server.stop();
});

describe('more connections than there may be', () => {
  test.each([
    ['in all', { connections: 2 }],
    ['from one address', { connectionsPerAddress: 2 }],
  ])('%s: one without a request is closed for the new one', async (_, given) => {
    const server = newServer(hanging, given);
    const url = await server.start();
    const idle = await connected(url);
    const busy = await requested(url);
    const closed = once(idle, 'close');
    await requested(url);
    await closed;
    expect(busy.destroyed).toBe(false);
    server.abort();
    await server.stop();
  });

  test.each([
    ['in all', { connections: 2 }],
    ['from one address', { connectionsPerAddress: 2 }],
  ])('%s, each with a request: the new one gets a 503', async (_, given) => {
    let requests = 0;
    const both = Promise.withResolvers<void>();
    const counting: RequestListener = () => {
      requests += 1;
      if (requests === 2) both.resolve();
    };
    const server = newServer(counting, given);
    const url = await server.start();
    const busy = [await requested(url), await requested(url)];
    await both.promise;
    expect(await received(await requested(url))).toMatch(/^HTTP\/1\.1 503 .*"code":"unavailable"/s);
    expect(busy.map(({ destroyed }) => destroyed)).toEqual([false, false]);
    server.abort();
    await server.stop();
  });
});
