import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { selfSigned } from '@bellhop/server/test/target/support/self-signed';
import { expect } from 'vitest';
import { drip, pour, RawReceiver } from '../harness/raw-receiver.ts';
import { timeoutMs } from './hasty.ts';
import type { Attempt } from './support.ts';

/** A receiver as somebody might run it who wants to harm the server, or who does so by mistake. */
export interface HostileReceiver {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export interface HostileCase {
  readonly start: () => Promise<HostileReceiver>;
  /** What the customer reads of an attempt. */
  readonly attempt: Partial<Record<keyof Attempt, unknown>>;
}

const second = 1000;
const inTime = `within ${timeoutMs / second} s`;
const megabyte = 1024 * 1024;
const ok = 'HTTP/1.1 200 OK\r\n';
const piece = Buffer.alloc(64 * 1024, 'x');

const noAnswer = failedWith(null, `The receiver accepted the connection but did not answer ${inTime}.`);
const unfinished = failedWith(200, `The receiver answered 200 but did not finish its response ${inTime}.`);
const withoutAnswer = failedWith(
  null,
  "The receiver closed the connection without answering. If it expects TLS, write https:// in the webhook's URL.",
);
const incomplete = failedWith(
  200,
  'The receiver answered 200 but closed the connection before its response was complete.',
);
const notHttp = failedWith(
  null,
  expect.stringMatching(/^The receiver sent a response that is not valid HTTP\/1\.1 \(.+\)\.$/),
);
const cutShort = {
  outcome: 'delivered',
  status_code: 200,
  error: null,
  response: expect.objectContaining({ body: 'x'.repeat(16_384), truncated: true }),
};

/** Those that hold on to a request until its time is over. */
export const hanging: Readonly<Record<string, HostileCase>> = {
  'accepts and never answers': {
    start: () => raw((receiver) => receiver.resume()),
    attempt: noAnswer,
  },
  'drips a byte a second into its headers': {
    start: () =>
      answering((socket) => {
        socket.write(`${ok}x-drip: `);
        drip(socket, 'x', second);
      }),
    attempt: noAnswer,
  },
  'drips a byte a second into its body': {
    start: () =>
      answering((socket) => {
        socket.write(`${ok}content-length: 1000\r\n\r\n`);
        drip(socket, 'x', second);
      }),
    attempt: unfinished,
  },
  'sends interim responses for ever': {
    start: () => answering((socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', 5)),
    attempt: noAnswer,
  },
  'answers 200 and hangs': {
    start: () => answering((socket) => socket.write(`${ok}content-length: 2\r\n\r\n`)),
    attempt: unfinished,
  },
  'answers 500 and hangs': {
    start: () => answering((socket) => socket.write('HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n')),
    attempt: failedWith(500, `The receiver answered 500 but did not finish its response ${inTime}.`),
  },
  'never finishes the TLS handshake': {
    start: () => raw((socket) => socket.resume(), 'https://receiver.localhost'),
    attempt: failedWith(
      null,
      expect.stringContaining(`did not finish the TLS handshake within ${timeoutMs / second} s.`),
    ),
  },
};

/** Those that are done with at once. */
export const prompt: Readonly<Record<string, HostileCase>> = {
  'sends a body of 100 MB': {
    start: () =>
      answering((socket) => {
        socket.write(`${ok}content-length: ${100 * megabyte}\r\n\r\n`);
        pour(socket, piece, (100 * megabyte) / piece.length);
      }),
    attempt: cutShort,
  },
  'sends a body without end': {
    start: () =>
      answering((socket) => {
        socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
        pour(socket, Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]));
      }),
    attempt: cutShort,
  },
  'sends a gzip bomb': {
    start: () => {
      const bomb = gzipSync(Buffer.alloc(10 * megabyte, 'x'));
      const head = `${ok}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`;
      return answering((socket) => socket.end(Buffer.concat([Buffer.from(head), bomb])));
    },
    attempt: {
      outcome: 'delivered',
      status_code: 200,
      error: null,
      response: expect.objectContaining({ truncated: true, body: 'x'.repeat(16_384) }),
    },
  },
  'sends headers without end': {
    start: () =>
      answering((socket) => {
        socket.write(ok);
        pour(socket, Buffer.from(`x-header: ${'x'.repeat(2000)}\r\n`));
      }),
    attempt: {
      outcome: 'delivered',
      status_code: 200,
      error:
        'The response was not read to its end, because its headers or what frames its body are longer than 64 KiB.',
    },
  },
  'closes at once': { start: () => raw((socket) => socket.end()), attempt: withoutAnswer },
  'resets before the status': { start: () => answering((socket) => socket.resetAndDestroy()), attempt: withoutAnswer },
  'resets after the status': {
    start: () =>
      answering((socket) => {
        // Once this is on its way: a reset throws away what is not.
        socket.write(`${ok}content-length: 10\r\n\r\nab`, () => setTimeout(() => socket.resetAndDestroy(), 50));
      }),
    attempt: incomplete,
  },
  'speaks another protocol': {
    start: () => answering((socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')),
    attempt: notHttp,
  },
  'sends random bytes': {
    start: () => answering((socket) => socket.write(Buffer.from('16030100ff00fe0d0a0d0a', 'hex'))),
    attempt: notHttp,
  },
  'gives two lengths for one body': {
    start: () => answering((socket) => socket.write(`${ok}content-length: 2\r\ncontent-length: 3\r\n\r\nabc`)),
    attempt: notHttp,
  },
  'switches to a protocol that nobody asked for': {
    start: () =>
      answering((socket) => socket.write('HTTP/1.1 101 Switch\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')),
    attempt: failedWith(null, 'The receiver sent a response that does not belong to a POST request.'),
  },
};

const host = 'receiver.localhost';
const long = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') };
const certificates = {
  selfSigned: selfSigned({ host }),
  expired: selfSigned({ host, ...long }),
  ofAnother: selfSigned({ host: 'another.localhost' }),
};

/** Authorities that the test has to trust, so that the certificate's other fault is what shows. */
export const trusted = [certificates.expired.cert, certificates.ofAnother.cert];

/** Those whose certificate is not good for their host. */
export const uncertified: Readonly<Record<string, HostileCase>> = {
  'has a certificate of its own making': {
    start: () => https(certificates.selfSigned),
    attempt: failedWith(null, expect.stringMatching(/^The certificate of \S+ is self-signed\. /)),
  },
  'has a certificate that has expired': {
    start: () => https(certificates.expired),
    attempt: failedWith(
      null,
      expect.stringMatching(/^The certificate of \S+ expired on \S+\. The receiver has to renew it\.$/),
    ),
  },
  'has the certificate of another host': {
    start: () => https(certificates.ofAnother),
    attempt: failedWith(
      null,
      expect.stringMatching(/^The receiver's certificate is not for \S+, but for another\.localhost\. /),
    ),
  },
};

/** One that sends its callers on to another address. */
export function redirecting(status: number, location: string): HostileCase {
  return {
    start: () =>
      answering((socket) =>
        socket.end(`HTTP/1.1 ${status} Elsewhere\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`),
      ),
    attempt: failedWith(
      status,
      expect.stringContaining("Redirects are not followed. Change the webhook's URL to where they lead."),
    ),
  };
}

function failedWith(status: number | null, error: unknown): HostileCase['attempt'] {
  return { outcome: 'failed', status_code: status, error };
}

async function raw(accept: Parameters<typeof RawReceiver.start>[0], origin = 'http://127.0.0.1') {
  return reachable(await RawReceiver.start(accept), origin);
}

async function answering(answer: Parameters<typeof RawReceiver.answering>[0]) {
  return reachable(await RawReceiver.answering(answer), 'http://127.0.0.1');
}

function reachable(receiver: RawReceiver, origin: string): HostileReceiver {
  return { url: `${origin}:${receiver.port}/hook`, stop: () => receiver.stop() };
}

async function https({ key, cert }: { readonly key: string; readonly cert: string }): Promise<HostileReceiver> {
  const server = createServer({ key, cert }, (_, response) => void response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host}:${port}/hook`,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}
