import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { developmentPolicy } from '../../src/target/policy.ts';
import { type PostLimits, post } from '../../src/target/post.ts';
import { agentFor, eachRequest, type Receiver, tcpReceiver, tlsReceiver } from './support/receivers.ts';
import { selfSigned } from './support/self-signed.ts';

const certificate = selfSigned({ host: 'receiver.localhost' });
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const reset = {
  kind: 'error',
  code: 'reset',
  message: expect.stringContaining('The receiver closed the connection without answering.'),
};

type Step = (socket: Socket) => void;
const answer: Step = (socket) => socket.write(ok);
const close: Step = (socket) => socket.end();
const hang: Step = () => {};

/** Handles the first request of the test by the first step, and so on. Notes which connection each came on. */
async function receiverOf(steps: readonly Step[], encrypted = false) {
  const seen: number[] = [];
  let connections = 0;
  const accept = (socket: Socket) => {
    const connection = ++connections;
    eachRequest(socket, () => {
      seen.push(connection);
      steps[seen.length - 1]?.(socket);
    });
  };
  const receiver = encrypted ? await tlsReceiver(certificate, accept) : await tcpReceiver(accept);
  const url = encrypted ? `https://receiver.localhost:${receiver.port}/` : `http://127.0.0.1:${receiver.port}/`;
  return { receiver, seen, url };
}

const agentOf = () => agentFor(developmentPolicy, { ca: certificate.cert });

function send(agent: ReturnType<typeof agentOf>, url: string, limits: Partial<PostLimits> = {}) {
  return post(agent, { url, headers: {}, body: '{}' }, { deadlineMs: 3000, ...limits });
}

describe.each([
  ['http', false],
  ['https', true],
])('a kept connection that the receiver closes as the next request comes, over %s', (_, encrypted) => {
  test.each<[string, Step]>([
    ['closed', close],
    ['destroyed', (socket) => socket.destroy()],
    // A socket of TLS has no reset of its own, and is destroyed without a word.
    ['reset', (socket) => ('encrypted' in socket ? socket.destroy() : socket.resetAndDestroy())],
  ])('%s: the request is repeated once, on a new connection', async (_how, end) => {
    const { seen, url } = await receiverOf([answer, end, answer], encrypted);
    const agent = agentOf();
    expect(await send(agent, url)).toMatchObject({ status: 200 });
    expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200, body: 'ok' });
    expect(seen).toEqual([1, 1, 2]);
  });

  test('the repetition fails too: that is the result', async () => {
    const { seen, url } = await receiverOf([answer, close, close], encrypted);
    const agent = agentOf();
    await send(agent, url);
    expect(await send(agent, url)).toMatchObject(reset);
    expect(seen).toEqual([1, 1, 2]);
  });

  test('a byte of the answer had come: not repeated', async () => {
    const { seen, url } = await receiverOf([answer, (socket) => socket.end('H')], encrypted);
    const agent = agentOf();
    await send(agent, url);
    expect(await send(agent, url)).toMatchObject(reset);
    expect(seen).toEqual([1, 1]);
  });

  test('a new connection that is closed: not repeated', async () => {
    const { receiver, seen, url } = await receiverOf([close, answer], encrypted);
    expect(await send(agentOf(), url)).toMatchObject(reset);
    expect(seen).toEqual([1]);
    expect(receiver.connections).toBe(1);
  });
});

describe('a request that is repeated', () => {
  test('does not take another kept connection, which may be as dead', async () => {
    const held: Socket[] = [];
    const hold: Step = (socket) => held.push(socket);
    const { seen, url } = await receiverOf([hold, hold, hold, hold, answer]);
    const agent = agentOf();
    // Two connections that have served a request each, and then hold one more each.
    for (const endOfSecond of [answer, close]) {
      const sent: ReturnType<typeof send>[] = [];
      for (let i = 1; i <= 2; i++) {
        sent.push(send(agent, url));
        while (held.length < i) await new Promise((resolve) => setImmediate(resolve));
      }
      const [first, second] = held.splice(0) as [Socket, Socket];
      answer(first);
      expect(await sent[0]).toMatchObject({ status: 200 });
      // The first connection is free by now.
      endOfSecond(second);
      expect(await sent[1]).toMatchObject({ status: 200 });
    }
    expect(seen).toEqual([1, 2, 1, 2, 3]);
  });

  test('has the same body, and closes its connection afterwards', async () => {
    const requests: string[] = [];
    const receiver = await tcpReceiver((socket) => {
      socket.on('data', (chunk: Buffer) => {
        requests.push(chunk.toString());
        if (requests.length === 2) socket.end();
        else socket.write(ok);
      });
    });
    const agent = agentOf();
    const url = `http://127.0.0.1:${receiver.port}/`;
    await send(agent, url);
    expect(await send(agent, url)).toMatchObject({ status: 200 });
    expect(requests[1]).toContain('connection: keep-alive');
    expect(requests[2]).toBe(requests[1]?.replace('keep-alive', 'close'));
    await noneOpen(receiver);
  });

  test('has what is left of the deadline', async () => {
    const late: Step = (socket) => setTimeout(() => socket.end(), 200);
    const { seen, url } = await receiverOf([answer, late, hang]);
    const agent = agentOf();
    await send(agent, url);
    const result = await send(agent, url, { deadlineMs: 400 });
    expect(result).toMatchObject({
      code: 'timeout',
      message: 'The receiver accepted the connection but did not answer within 400 ms.',
    });
    expect(seen).toEqual([1, 1, 2]);
  });

  test('is asked for again: a webhook that was deleted meanwhile gets nothing more', async () => {
    let wanted = true;
    const { seen, url } = await receiverOf([
      answer,
      (socket) => {
        wanted = false;
        socket.end();
      },
      answer,
    ]);
    const agent = agentOf();
    await send(agent, url);
    expect(await send(agent, url, { wanted: () => wanted })).toMatchObject({ code: 'withdrawn' });
    expect(seen).toEqual([1, 1]);
  });

  test('is not sent after the server was told to stop', async () => {
    const shutdown = new AbortController();
    const stopping: Step = (socket) => {
      shutdown.abort();
      socket.end();
    };
    const { seen, url } = await receiverOf([answer, stopping, answer]);
    const agent = agentOf();
    await send(agent, url);
    expect(await send(agent, url, { signal: shutdown.signal })).toMatchObject({ code: 'aborted' });
    expect(seen).toEqual([1, 1]);
  });
});

test('an interim answer before the connection closes: not repeated, as the receiver has seen the request', async () => {
  const early: Step = (socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n');
  const { seen, url } = await receiverOf([answer, early, answer]);
  const agent = agentOf();
  await send(agent, url);
  expect(await send(agent, url)).toMatchObject(reset);
  expect(seen).toEqual([1, 1]);
});

async function noneOpen(receiver: Receiver): Promise<void> {
  while (receiver.open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(receiver.connections).toBe(2);
}
