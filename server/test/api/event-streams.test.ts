import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import type { StreamItem } from '../../src/api/event-streams.ts';
import { EventStreams } from '../../src/api/event-streams.ts';
import { FeedReader } from '../../src/observe/feed-reader.ts';
import { ProblemError } from '../../src/problem.ts';
import { StoreError } from '../../src/store/errors.ts';
import { HeldClock } from '../cluster/held-clock.ts';

const heartbeatMs = 15_000;
/** More than what lies between the two ends of a connection. */
const large = 'x'.repeat(1024 * 1024);
const mostWaiting = 50;

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

interface Opened {
  readonly clock: HeldClock;
  readonly streams: EventStreams;
  readonly reader: FeedReader<StreamItem, StreamItem>;
  readonly url: string;
  /** Resolves when the answering has ended. */
  readonly answered: Promise<unknown>;
  readonly isClosed: () => boolean;
}

/** A server with one stream, which is open once somebody asks. */
async function serve(authorize: () => Promise<unknown> = async () => {}): Promise<Opened> {
  const clock = new HeldClock();
  const streams = new EventStreams(clock);
  let closed = false;
  const show = (item: StreamItem) => item;
  const reader = new FeedReader<StreamItem, StreamItem>(mostWaiting, show, () => {
    closed = true;
  });
  const answered = Promise.withResolvers<unknown>();
  const app = express();
  app.get('/', async (request, response) => {
    const ended = streams.answer(request, response, reader, { name: 'thing', authorize });
    answered.resolve(
      ended.catch((error: unknown) => {
        response.status(503).end();
        return error;
      }),
    );
  });
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { clock, streams, reader, url, answered: answered.promise, isClosed: () => closed };
}

/** Somebody who asks, and then takes nothing of the answer. */
async function askAndSleep({ url, reader }: Opened): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await wait(50);
  for (let number = 0; number < mostWaiting / 2; number += 1) reader.push({ id: `${number}`, ...{ large } });
  await wait(50);
  return socket;
}

async function heartbeats({ clock }: Opened, count: number): Promise<void> {
  for (let beat = 0; beat < count; beat += 1) {
    clock.advance(heartbeatMs);
    await wait(5);
  }
}

test('an event for each item, and the end when there are no more', async () => {
  const opened = await serve();
  const response = await fetch(opened.url);
  opened.reader.push({ id: 'first', ...{ text: 'two\nlines' } });
  opened.reader.push({ id: 'second' });
  await wait(20);
  await opened.reader.return();
  expect(await response.text()).toBe(
    'retry: 2000\n\nevent: thing\nid: first\ndata: {"id":"first","text":"two\\nlines"}\n\nevent: thing\nid: second\ndata: {"id":"second"}\n\n',
  );
});

test('whoever takes nothing for two heartbeats is let go', async () => {
  const opened = await serve();
  await askAndSleep(opened);
  await heartbeats(opened, 1);
  expect(opened.isClosed()).toBe(false);
  await heartbeats(opened, 1);
  expect(opened.isClosed()).toBe(true);
  await opened.answered;
});

test('whoever has too much waiting gets no more, and nothing is kept for them', async () => {
  const opened = await serve();
  await askAndSleep(opened);
  for (let number = 0; number <= mostWaiting; number += 1) opened.reader.push({ id: `more ${number}` });
  expect(opened.isClosed()).toBe(true);
  expect(await opened.reader.next()).toEqual({ done: true, value: undefined });
});

test('a stop ends a stream that nobody reads, and begins no other', async () => {
  const opened = await serve();
  await askAndSleep(opened);
  opened.streams.stop();
  expect(await opened.answered).toBeUndefined();
  const other = await serve();
  other.streams.stop();
  expect((await fetch(other.url)).status).toBe(503);
  expect(await other.answered).toMatchObject({ code: 'unavailable' });
  expect(other.isClosed()).toBe(true);
});

test('a client that goes away ends its stream', async () => {
  const opened = await serve();
  const abort = new AbortController();
  await fetch(opened.url, { signal: abort.signal });
  abort.abort();
  await opened.answered;
  expect(opened.isClosed()).toBe(true);
});

test('once a minute it is asked whether the caller may still read; that the store cannot say is no reason to end', async () => {
  const answers: Error[] = [new StoreError('unavailable', 'gone'), new ProblemError('unauthorized', 'Revoked.')];
  let asked = 0;
  const opened = await serve(async () => {
    asked += 1;
    throw answers.shift() ?? new Error('It is asked too often.');
  });
  await fetch(opened.url);
  await heartbeats(opened, 4);
  expect([asked, opened.isClosed()]).toEqual([1, false]);
  await heartbeats(opened, 4);
  expect([asked, opened.isClosed()]).toEqual([2, true]);
});
