import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { developmentPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import {
  agentFor,
  drip,
  httpReceiver,
  type Receiver,
  rawReceiver,
  tcpReceiver,
  tlsReceiver,
} from './support/receivers.ts';
import { selfSigned } from './support/self-signed.ts';

const ok = 'HTTP/1.1 200 OK\r\n';

async function send(receiver: Receiver, deadlineMs = 2000, body = '{}') {
  const url = `http://127.0.0.1:${receiver.port}/s3cret?s3cret`;
  const result = await post(agentFor(), { url, headers: {}, body }, { deadlineMs });
  expect(JSON.stringify(result)).not.toContain('s3cret');
  return result;
}

/** Waits until the receiver sees that its connections are gone; the test times out when they stay. */
function disconnected(receiver: Receiver): Promise<void> {
  return until(() => receiver.open === 0);
}

/** In bytes, without what is garbage. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function until(satisfied: () => boolean): Promise<void> {
  while (!satisfied()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a receiver that takes too long', () => {
  const noAnswer = {
    kind: 'error',
    code: 'timeout',
    message: 'The receiver accepted the connection but did not answer within 150 ms.',
    durationMs: expect.any(Number),
    connected: true,
  };
  const unfinished = {
    ...noAnswer,
    message: 'The receiver answered 200 but did not finish its response within 700 ms.',
    status: 200,
  };

  test('accepts and never answers', async () => {
    const receiver = await tcpReceiver((socket) => socket.resume());
    expect(await send(receiver, 150)).toEqual(noAnswer);
    await disconnected(receiver);
  });

  test('drips its headers', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}x-drip: `);
      drip(socket, 'x');
    });
    expect(await send(receiver, 150)).toEqual(noAnswer);
    await disconnected(receiver);
  });

  test('sends interim responses for ever', async () => {
    const receiver = await rawReceiver((socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'));
    expect(await send(receiver, 150)).toEqual(noAnswer);
    await disconnected(receiver);
  });

  test('floods interim responses: little of it is read', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(1000);
    let written = 0;
    const receiver = await rawReceiver((socket) => {
      const pump = () => {
        while (!socket.destroyed && socket.write(interim)) written += interim.length;
      };
      socket.on('drain', pump);
      pump();
    });
    expect(await send(receiver, 2000)).toMatchObject({
      kind: 'error',
      code: 'protocol',
      message: 'The receiver sent more than 64 KiB of headers.',
    });
    await disconnected(receiver);
    expect(written).toBeLessThan(10 * 1024 * 1024);
  });

  test.each([
    ['a reason phrase', 'HTTP/1.1 200 ', 'x'.repeat(64_000), /headers/],
    ['a header', `${ok}x-flood: `, 'x'.repeat(64_000), /headers/],
    ['headers', ok, 'x-flood: x\r\n'.repeat(5000), /headers/],
    ['a chunk extension', `${ok}transfer-encoding: chunked\r\n\r\n5;`, 'x'.repeat(64_000), /frames its body/],
    [
      'empty chunks of extensions',
      `${ok}transfer-encoding: chunked\r\n\r\n`,
      `1;${'x'.repeat(1000)}\r\nx\r\n`.repeat(64),
      /frames its body/,
    ],
    ['trailers', `${ok}transfer-encoding: chunked\r\n\r\n0\r\n`, 'x-flood: x\r\n'.repeat(5000), /frames its body/],
  ])('floods %s: little of it is read', async (_, start, flood, said) => {
    let written = 0;
    const receiver = await rawReceiver((socket) => {
      socket.write(start);
      const pump = () => {
        while (!socket.destroyed && socket.write(flood)) written += flood.length;
      };
      socket.on('drain', pump);
      pump();
    });
    const result = await send(receiver, 5000);
    expect(result.kind === 'error' ? result.message : result.note).toMatch(said);
    await disconnected(receiver);
    expect(written).toBeLessThan(10 * 1024 * 1024);
  });

  test('drips its body', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}content-length: 100000\r\n\r\n`);
      drip(socket, 'x');
    });
    expect(await send(receiver, 700)).toEqual(unfinished);
    await disconnected(receiver);
  });

  test('drips empty chunk extensions', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n5;`);
      drip(socket, 'x');
    });
    expect(await send(receiver, 700)).toEqual(unfinished);
    await disconnected(receiver);
  });

  test('answers 200 and hangs', async () => {
    const receiver = await rawReceiver((socket) => socket.write(`${ok}\r\n`));
    expect(await send(receiver, 700)).toEqual(unfinished);
    await disconnected(receiver);
  });
});

describe('a receiver that sends too much', () => {
  test('100 MB: little of it is read', async () => {
    const total = 100 * 1024 * 1024;
    const piece = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}content-length: ${total}\r\n\r\n`);
      const pump = () => {
        while (written < total && !socket.destroyed) {
          written += piece.length;
          if (!socket.write(piece)) return;
        }
      };
      socket.on('drain', pump);
      pump();
    });
    expect(await send(receiver)).toMatchObject({
      kind: 'response',
      status: 200,
      body: 'x'.repeat(16_384),
      truncated: true,
    });
    await disconnected(receiver);
    // What the kernel's buffers took before the connection was destroyed.
    expect(written).toBeLessThan(total / 10);
  });

  test('a hundred endless bodies at once: the memory stays flat', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
      const pump = () => {
        while (!socket.destroyed && socket.write('10000\r\n') && socket.write(piece) && socket.write('\r\n'));
      };
      socket.on('drain', pump);
      pump();
    });
    const before = memoryInUse();
    const results = await Promise.all(Array.from({ length: 100 }, () => send(receiver, 5000)));
    for (const result of results) {
      expect(result).toMatchObject({ kind: 'response', body: 'x'.repeat(16_384), truncated: true });
    }
    await disconnected(receiver);
    // 16 KiB are kept of each, and what else this process has done is not all collected; unbounded, it is gigabytes.
    expect(memoryInUse() - before).toBeLessThan(100 * 512 * 1024);
    expect(results).toHaveLength(100);
  });

  test('a reason without end: its status is the answer', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write('HTTP/1.1 200 ');
      drip(socket, 'x'.repeat(2000), 1);
    });
    expect(await send(receiver)).toMatchObject({ kind: 'response', status: 200, body: '' });
    await disconnected(receiver);
  });

  test('body without end, in chunks: read to the cap', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
      drip(socket, `400\r\n${'x'.repeat(1024)}\r\n`, 1);
    });
    expect(await send(receiver)).toMatchObject({ kind: 'response', body: 'x'.repeat(16_384), truncated: true });
    await disconnected(receiver);
  });

  test('trailers without end: the body had come', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n`);
      drip(socket, `x-trailer: ${'x'.repeat(2000)}\r\n`, 1);
    });
    expect(await send(receiver)).toMatchObject({
      kind: 'response',
      status: 200,
      body: 'ok',
      note: 'The response was not read to its end, because its headers or what frames its body are longer than 64 KiB.',
    });
    await disconnected(receiver);
  });

  test('two answers to one request: the first counts and the connection is not used again', async () => {
    const answer = `${ok}content-length: 2\r\n\r\n`;
    const receiver = await rawReceiver((socket) => socket.write(`${answer}ok${answer}no`));
    expect(await send(receiver)).toMatchObject({ kind: 'response', body: 'ok' });
    await disconnected(receiver);
  });
});

describe('a receiver that breaks off', () => {
  const withoutAnswer = {
    kind: 'error',
    code: 'reset',
    message:
      "The receiver closed the connection without answering. If it expects TLS, write https:// in the webhook's URL.",
  };
  const incomplete = {
    kind: 'error',
    code: 'reset',
    message: 'The receiver answered 200 but closed the connection before its response was complete.',
    status: 200,
  };

  test('closes without an answer', async () => {
    expect(await send(await rawReceiver((socket) => socket.end()))).toMatchObject(withoutAnswer);
  });

  test('resets without an answer', async () => {
    expect(await send(await rawReceiver((socket) => socket.resetAndDestroy()))).toMatchObject(withoutAnswer);
  });

  test('closes in the middle of its headers', async () => {
    expect(await send(await rawReceiver((socket) => socket.end(`${ok}x-part`)))).toMatchObject(withoutAnswer);
  });

  test.each([
    ['content-length: 10\r\n\r\nab'],
    ['connection: close\r\ncontent-length: 10\r\n\r\nab'],
    ['transfer-encoding: chunked\r\n\r\n5\r\nab'],
    ['connection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'],
  ])('closes in the middle of its body: %j', async (rest) => {
    expect(await send(await rawReceiver((socket) => socket.end(ok + rest)))).toMatchObject(incomplete);
  });

  test('resets in the middle of its body', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}content-length: 10\r\n\r\nab`, () => setTimeout(() => socket.resetAndDestroy(), 20));
    });
    expect(await send(receiver)).toMatchObject(incomplete);
  });
});

describe('a receiver that redirects inside', () => {
  test.each([
    ['http://169.254.169.254/latest/meta-data/', 307],
    ['http://[::ffff:169.254.169.254]/', 308],
    ['http://localhost:8080/', 301],
    ['//10.0.0.1/', 302],
    ['file:///etc/passwd', 303],
  ])('%s: an answer, and nothing is asked there', async (location, status) => {
    const asked: string[] = [];
    const receiver = await httpReceiver((_, response) =>
      response.writeHead(status, { location, refresh: `0; url=${location}` }).end(),
    );
    const agent = agentFor({ requireHttps: false, allowLoopback: false, allow: ['127.0.0.1'] });
    agent.on('connect', (origin) => asked.push(String(origin)));
    agent.on('connectionError', (origin) => asked.push(String(origin)));
    const url = `http://127.0.0.1:${receiver.port}`;
    const result = await post(agent, { url, headers: {}, body: '{}' }, { deadlineMs: 2000 });
    expect(result).toMatchObject({ kind: 'response', status, headers: { location } });
    expect(asked.map((origin) => new URL(origin).origin)).toEqual([url]);
  });
});

describe('a receiver that speaks before it is asked', () => {
  const banner = '220 mail.example ESMTP\r\n';
  const certificate = selfSigned({ host: 'receiver.localhost' });
  const request = { headers: {}, body: '{}' };

  test('over http: garbage', async () => {
    const receiver = await tcpReceiver((socket) => socket.resume().write(banner));
    expect(await send(receiver, 500)).toMatchObject({ kind: 'error', code: 'protocol' });
    await disconnected(receiver);
    expect(receiver.connections).toBe(1);
  });

  test('over https: garbage, and no storm of connections', async () => {
    const receiver = await tlsReceiver(certificate, (socket) => socket.resume().write(banner));
    const agent = agentFor(developmentPolicy, { ca: certificate.cert });
    const url = `https://receiver.localhost:${receiver.port}/`;
    const result = await post(agent, { url, ...request }, { deadlineMs: 500 });
    expect(result).toMatchObject({ kind: 'error', code: 'protocol' });
    expect(receiver.connections).toBe(1);
    await disconnected(receiver);
  });

  test('with a whole answer, over https: no storm of connections', async () => {
    const receiver = await tlsReceiver(certificate, (socket) => socket.write(`${ok}content-length: 0\r\n\r\n`));
    const agent = agentFor(developmentPolicy, { ca: certificate.cert });
    const url = `https://receiver.localhost:${receiver.port}/`;
    await post(agent, { url, ...request }, { deadlineMs: 500 });
    expect(receiver.connections).toBe(1);
  });

  test('and closes at once, over https: no storm of connections', async () => {
    const receiver = await tlsReceiver(certificate, (socket) => socket.end());
    const agent = agentFor(developmentPolicy, { ca: certificate.cert });
    const url = `https://receiver.localhost:${receiver.port}/`;
    const result = await post(agent, { url, ...request }, { deadlineMs: 500 });
    expect(result).toMatchObject({ kind: 'error', code: 'reset' });
    expect(receiver.connections).toBe(1);
  });
});

describe('a receiver that does not read the request', () => {
  // More than the buffers on the way take.
  const body = 'x'.repeat(32 * 1024 * 1024);

  test('and does not answer', async () => {
    const receiver = await tcpReceiver((socket) => socket.pause());
    expect(await send(receiver, 1000, body)).toMatchObject({
      kind: 'error',
      code: 'timeout',
      message: 'The receiver did not read the whole request within 1 s. It has to read the body to its end.',
    });
  });

  test('and answers 413', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.pause();
      socket.end('HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 3\r\n\r\nbig');
    });
    const result = await send(receiver, 2000, body);
    expect(result).toMatchObject({ kind: 'response', status: 413, body: 'big' });
  });
});

describe('a receiver that does not speak HTTP', () => {
  test.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['binary', '\x16\x03\x01\x02\x00\x01'],
    ['a space before the colon', `${ok}content-length : 2\r\n\r\nok`],
    ['two lengths', `${ok}content-length: 2\r\ncontent-length: 3\r\n\r\nokk`],
    ['a length and chunks', `${ok}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ['a NUL in a header', `${ok}x: a\0b\r\n\r\n`],
  ])('%s', async (_, bytes) => {
    const receiver = await rawReceiver((socket) => socket.write(Buffer.from(bytes, 'latin1')));
    expect(await send(receiver, 500)).toMatchObject({
      kind: 'error',
      code: 'protocol',
      message: expect.stringMatching(/^The receiver sent a response that is not valid HTTP\/1\.1 \([\w ,/-]+\)\.$/),
    });
    await disconnected(receiver);
  });

  test('a switch of protocols that nobody asked for', async () => {
    const receiver = await rawReceiver((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n'),
    );
    expect(await send(receiver, 500)).toMatchObject({
      kind: 'error',
      code: 'protocol',
      message: 'The receiver sent a response that does not belong to a POST request.',
    });
  });

  test('100 Continue and nothing after it: no answer', async () => {
    const receiver = await rawReceiver((socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
    expect(await send(receiver, 150)).toMatchObject({ kind: 'error', code: 'timeout' });
  });

  test('a bad chunk after the status: the status is kept', async () => {
    const receiver = await rawReceiver((socket) => socket.write(`${ok}transfer-encoding: chunked\r\n\r\nxyz\r\n`));
    expect(await send(receiver, 500)).toMatchObject({
      code: 'protocol',
      status: 200,
      message: expect.stringContaining(
        'The receiver answered 200, but it sent a response that is not valid HTTP/1.1 (Invalid character in chunk size).',
      ),
    });
  });
});
