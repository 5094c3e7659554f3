import type { Socket } from 'node:net';
import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { developmentPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import {
  agentFor,
  drip,
  eachRequest,
  httpReceiver,
  rawReceiver,
  tcpReceiver,
  tlsReceiver,
} from './support/receivers.ts';
import { selfSigned } from './support/self-signed.ts';

const certificate = selfSigned({ host: 'receiver.localhost' });
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK';
const continued = 'HTTP/1.1 100 Continue\r\n\r\n';
const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';

const agentOf = () => agentFor(developmentPolicy, { ca: certificate.cert });

function send(agent: ReturnType<typeof agentOf>, url: string, deadlineMs = 3000) {
  return post(agent, { url, headers: {}, body: '{}' }, { deadlineMs });
}

/** Answers each request on a connection, given its number. */
async function receiverOf(answer: (socket: Socket, request: number) => void, encrypted = false) {
  let requests = 0;
  const accept = (socket: Socket) => eachRequest(socket, () => answer(socket, ++requests));
  const receiver = encrypted ? await tlsReceiver(certificate, accept) : await tcpReceiver(accept);
  const url = encrypted ? `https://receiver.localhost:${receiver.port}/` : `http://127.0.0.1:${receiver.port}/`;
  return { receiver, url, requests: () => requests };
}

/** Writes pieces that arrive one by one. */
function inPieces(socket: Socket, text: string, size: number): void {
  socket.setNoDelay(true);
  let at = 0;
  const timer = setInterval(() => {
    if (at >= text.length) return clearInterval(timer);
    socket.write(text.slice(at, at + size));
    at += size;
  }, 1);
  socket.once('close', () => clearInterval(timer));
}

describe.each([
  ['http', false],
  ['https', true],
])('an interim answer that nobody asked for, over %s', (_, encrypted) => {
  test.each([
    ['100 Continue', continued],
    ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['103 Early Hints', hints],
    ['of HTTP/1.0', 'HTTP/1.0 100 Continue\r\n\r\n'],
    ['several', continued + hints + continued],
    ['with a number nobody knows', 'HTTP/1.1 199 Miscellaneous\r\nx: y\r\n\r\n'],
  ])('%s: the event is delivered, once and on a connection that is kept', async (_what, interim) => {
    const { receiver, url, requests } = await receiverOf((socket) => socket.write(interim + ok), encrypted);
    const agent = agentOf();
    for (let i = 1; i <= 3; i++) {
      expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200, body: 'OK' });
      expect(requests()).toBe(i);
    }
    expect(receiver.connections).toBe(1);
  });

  test.each([1, 2, 3, 11, 12, 24, 25, 26])('in pieces of %d bytes', async (size) => {
    const { url, requests } = await receiverOf((socket) => inPieces(socket, continued + hints + ok, size), encrypted);
    const agent = agentOf();
    for (let i = 1; i <= 2; i++) {
      expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200, body: 'OK' });
    }
    expect(requests()).toBe(2);
  });

  test('101 stays an error: HTTP would end there', async () => {
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n';
    const { url } = await receiverOf((socket) => socket.write(switched + ok), encrypted);
    expect(await send(agentOf(), url)).toMatchObject({ kind: 'error', code: 'protocol' });
  });

  test('before an error of the receiver: the error is the answer', async () => {
    const { url } = await receiverOf(
      (s) => s.write(`${continued}HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n`),
      encrypted,
    );
    expect(await send(agentOf(), url)).toMatchObject({ kind: 'response', status: 503 });
  });
});

test('a body that reads like an interim answer is a body', async () => {
  const body = continued + ok;
  const { url } = await receiverOf((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
    setTimeout(() => socket.write(body), 20);
  });
  expect(await send(agentOf(), url)).toMatchObject({ status: 200, body });
});

describe('a compressed answer is read', () => {
  const text = JSON.stringify({ error: 'phone is not a mobile number', hint: 'Grüße' });
  const codings: Record<string, (data: Buffer) => Buffer> = {
    gzip: zlib.gzipSync,
    'x-gzip': zlib.gzipSync,
    GZIP: zlib.gzipSync,
    deflate: zlib.deflateSync,
    'deflate ': zlib.deflateRawSync,
    br: zlib.brotliCompressSync,
    zstd: zlib.zstdCompressSync,
    'gzip, br': (data) => zlib.brotliCompressSync(zlib.gzipSync(data)),
    'identity, gzip': zlib.gzipSync,
  };

  const answer = (encoding: string, body: Buffer, status = 422) =>
    httpReceiver((_, response) => response.writeHead(status, { 'content-encoding': encoding }).end(body));
  const ask = (port: number) => send(agentFor(), `http://127.0.0.1:${port}/`);

  test.each(Object.keys(codings))('%s', async (encoding) => {
    const receiver = await answer(encoding, codings[encoding]?.(Buffer.from(text)) ?? Buffer.alloc(0));
    const agent = agentFor();
    for (let i = 0; i < 2; i++) {
      const result = await send(agent, `http://127.0.0.1:${receiver.port}/`);
      expect(result).toMatchObject({ kind: 'response', status: 422, body: text, truncated: false });
      expect(result).not.toHaveProperty('note');
    }
    expect(receiver.connections).toBe(1);
  });

  test.each(Object.keys(codings))('%s that unpacks to much: to the limit', async (encoding) => {
    const bomb = codings[encoding]?.(Buffer.alloc(20 * 1024 * 1024, 'x')) ?? Buffer.alloc(0);
    const receiver = await answer(encoding, bomb, 200);
    expect(await ask(receiver.port)).toMatchObject({ status: 200, body: 'x'.repeat(16_384), truncated: true });
  });

  test('longer than the limit before it is unpacked: what arrived of it', async () => {
    const words = Array.from({ length: 30_000 }, (_, i) => Math.sin(i).toString(36)).join(' ');
    const receiver = await answer('gzip', zlib.gzipSync(words), 200);
    const result = await ask(receiver.port);
    expect(result).toMatchObject({ status: 200, body: words.slice(0, 16_384), truncated: true });
    expect(result).not.toHaveProperty('note');
  });

  test.each(['gzip', 'deflate', 'br', 'zstd'])(
    '%s that it is not: as it was received, with a note',
    async (encoding) => {
      const receiver = await answer(encoding, Buffer.from(text), 200);
      expect(await ask(receiver.port)).toMatchObject({
        status: 200,
        body: text,
        note: `The response body is stored as it was received, because it is not valid ${encoding}.`,
      });
    },
  );

  test('damaged at its end: what comes before, with a note', async () => {
    const damaged = zlib.gzipSync(text);
    damaged[damaged.length - 6] = (damaged.at(-6) ?? 0) ^ 1;
    const receiver = await answer('gzip', damaged, 200);
    expect(await ask(receiver.port)).toMatchObject({
      status: 200,
      body: text,
      note: 'The response body is not complete: its gzip data is damaged or breaks off.',
    });
  });

  test.each(['gzip', 'deflate', 'br', 'zstd'])('%s that breaks off: what arrived, with a note', async (encoding) => {
    const whole = codings[encoding]?.(Buffer.from(text.repeat(20))) ?? Buffer.alloc(0);
    const receiver = await answer(encoding, whole.subarray(0, whole.length - 1), 200);
    const result = await ask(receiver.port);
    expect(result).toMatchObject({ status: 200, truncated: false, note: expect.stringContaining(`${encoding}`) });
  });

  test.each(['compress', 'utf-8', 'gzip, gzip, gzip', 'constructor'])('%s: as it was received', async (encoding) => {
    const receiver = await answer(encoding, Buffer.from(text), 200);
    expect(await ask(receiver.port)).toMatchObject({
      status: 200,
      body: text,
      note: 'The response body is stored as it was received, because its Content-Encoding is not supported.',
    });
  });

  test('without a body: nothing to unpack', async () => {
    const receiver = await httpReceiver((_, response) => response.writeHead(204, { 'content-encoding': 'gzip' }).end());
    const result = await ask(receiver.port);
    expect(result).toMatchObject({ status: 204, body: '' });
    expect(result).not.toHaveProperty('note');
  });
});

describe('an answer with many headers', () => {
  const many = `x-long: ${'x'.repeat(19_000)}\r\nx-more: ${'y'.repeat(1000)}\r\nretry-after: 7\r\n`;

  test('20 kB: the event is delivered, and a part of the headers is kept', async () => {
    const { receiver, url, requests } = await receiverOf((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\n${many}content-length: 2\r\n\r\nok`),
    );
    const agent = agentOf();
    for (let i = 1; i <= 2; i++) {
      const result = await send(agent, url);
      expect(result).toMatchObject({
        kind: 'response',
        status: 200,
        body: 'ok',
        headers: { 'x-more': 'y'.repeat(1000), 'retry-after': '7' },
        note: 'Only a part of the response headers is stored, because they are longer than 16 KiB.',
      });
      expect(result).not.toHaveProperty('headers.x-long');
    }
    expect(requests()).toBe(2);
    expect(receiver.connections).toBe(1);
  });

  test.each([
    ['one header', 'x-header: ', 'x'.repeat(2000)],
    ['a header name', '', 'x'.repeat(2000)],
    ['long headers', '', `x-header: ${'x'.repeat(2000)}\r\n`],
    ['short headers', '', 'a:\r\n'.repeat(500)],
  ])('%s without end: its status is the answer, and the rest is not read', async (_, start, piece) => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${start}`);
      drip(socket, piece, 1);
    });
    expect(await send(agentOf(), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({
      kind: 'response',
      status: 200,
      headers: {},
      body: '',
      note: 'The response was not read to its end, because its headers or what frames its body are longer than 64 KiB.',
    });
    while (receiver.open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(receiver.connections).toBe(1);
  });

  test('interim answers without end: an error', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\n');
      drip(socket, `x-header: ${'x'.repeat(2000)}\r\n`, 1);
    });
    expect(await send(agentOf(), `http://127.0.0.1:${receiver.port}/`)).toMatchObject({
      kind: 'error',
      code: 'protocol',
      message: 'The receiver sent more than 64 KiB of headers.',
    });
  });
});

describe.each([
  ['http', false],
  ['https', true],
])('a server that gives up an idle connection by 408, over %s', (_, encrypted) => {
  const given = 'HTTP/1.1 408 Request Time-out\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

  test.each([given.length, 10])(
    'as the next request comes, in pieces of %d: it is asked again at once',
    async (size) => {
      const { receiver, url, requests } = await receiverOf((socket, request) => {
        if (request === 2) inPieces(socket, given, size);
        else socket.write(ok);
      }, encrypted);
      const agent = agentOf();
      await send(agent, url);
      expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200 });
      expect(requests()).toBe(3);
      expect(receiver.connections).toBe(2);
    },
  );

  test('while nothing is sent: the next request takes a new connection', async () => {
    const { url, requests } = await receiverOf((socket) => {
      socket.write(ok);
      setTimeout(() => socket.end(given), 20);
    }, encrypted);
    const agent = agentOf();
    for (let i = 1; i <= 3; i++) {
      expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200 });
      expect(requests()).toBe(i);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  });

  test('on a new connection, it is the answer', async () => {
    const { url, requests } = await receiverOf((socket) => socket.end(given), encrypted);
    const agent = agentOf();
    for (let i = 1; i <= 2; i++) expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 408 });
    expect(requests()).toBe(2);
  });

  test('again on the new connection, it is the answer', async () => {
    const { url, requests } = await receiverOf(
      (socket, n) => (n === 1 ? socket.write(ok) : socket.end(given)),
      encrypted,
    );
    const agent = agentOf();
    await send(agent, url);
    expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 408 });
    expect(requests()).toBe(3);
  });
});
