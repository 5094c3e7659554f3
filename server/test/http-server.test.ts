import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
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

test('stopping ends although a request never does, once it is told to wait no longer', async () => {
  const server = newServer(slowly);
  const { port } = new URL(await server.start());
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  socket.write('POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n');
  await wait(50);
  const stopped = server.stop();
  await expect(Promise.race([stopped, wait(100, 'waits')])).resolves.toBe('waits');
  server.abort();
  await stopped;
});

test('stopping does not wait for a connection on which nothing has come', async () => {
  const server = newServer(slowly);
  const { port } = new URL(await server.start());
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
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
