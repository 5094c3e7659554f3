import { describe, expect, test } from '@jest/globals';
import { maxResponseHeaderBytes } from '../../src/target/http-agent.ts';
import { post } from '../../src/target/post.ts';
import { agentFor, drip, type Receiver, rawReceiver, tcpReceiver } from './support/receivers.ts';

const ok = 'HTTP/1.1 200 OK\r\n';

async function send(receiver: Receiver, deadlineMs = 2000) {
  const url = `http://127.0.0.1:${receiver.port}/s3cret?s3cret`;
  const result = await post(agentFor(), { url, headers: {}, body: '{}' }, { deadlineMs });
  expect(JSON.stringify(result)).not.toContain('s3cret');
  return result;
}

/** Waits until the receiver sees that its connections are gone; the test times out when they stay. */
async function disconnected(receiver: Receiver): Promise<void> {
  while (receiver.open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a receiver that takes too long', () => {
  const noAnswer = {
    kind: 'error',
    code: 'timeout',
    message: 'The receiver accepted the connection but did not answer within 150 ms.',
    durationMs: expect.any(Number),
  };
  const unfinished = {
    ...noAnswer,
    message: 'The receiver answered 200 but did not finish its response within 150 ms.',
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

  test('drips its body', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}content-length: 100000\r\n\r\n`);
      drip(socket, 'x');
    });
    expect(await send(receiver, 150)).toEqual(unfinished);
    await disconnected(receiver);
  });

  test('drips empty chunk extensions', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n5;`);
      drip(socket, 'x');
    });
    expect(await send(receiver, 150)).toEqual(unfinished);
    await disconnected(receiver);
  });

  test('answers 200 and hangs', async () => {
    const receiver = await rawReceiver((socket) => socket.write(`${ok}\r\n`));
    expect(await send(receiver, 150)).toEqual(unfinished);
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
    expect(written).toBeLessThan(total / 4);
  });

  test('body without end, in chunks: read to the cap', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
      drip(socket, `400\r\n${'x'.repeat(1024)}\r\n`, 1);
    });
    expect(await send(receiver)).toMatchObject({ kind: 'response', body: 'x'.repeat(16_384), truncated: true });
    await disconnected(receiver);
  });

  test('headers without end', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(ok);
      drip(socket, `x-header: ${'x'.repeat(2000)}\r\n`, 1);
    });
    expect(await send(receiver)).toMatchObject({
      kind: 'error',
      code: 'protocol',
      message: `The receiver sent more than ${maxResponseHeaderBytes / 1024} KiB of headers.`,
    });
    await disconnected(receiver);
  });

  test('trailers without end', async () => {
    const receiver = await rawReceiver((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n`);
      drip(socket, `x-trailer: ${'x'.repeat(2000)}\r\n`, 1);
    });
    expect(await send(receiver)).toMatchObject({
      kind: 'error',
      code: 'protocol',
      message: 'The receiver answered 200, but it sent more than 16 KiB of headers.',
      status: 200,
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
    message: 'The receiver closed the connection without an answer.',
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
      message: expect.stringMatching(/^The receiver sent what is not valid HTTP\/1\.1 \([\w ,/-]+\)\.$/),
    });
    await disconnected(receiver);
  });

  test.each([
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n'],
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('%s that nobody asked for', async (_, bytes) => {
    const receiver = await rawReceiver((socket) => socket.write(bytes));
    expect(await send(receiver, 500)).toMatchObject({
      kind: 'error',
      code: 'protocol',
      message: 'The receiver sent a response that does not belong to a POST request.',
    });
  });

  test('a bad chunk after the status: the status is kept', async () => {
    const receiver = await rawReceiver((socket) => socket.write(`${ok}transfer-encoding: chunked\r\n\r\nxyz\r\n`));
    expect(await send(receiver, 500)).toMatchObject({
      code: 'protocol',
      status: 200,
      message: expect.stringContaining(
        'The receiver answered 200, but it sent what is not valid HTTP/1.1 (Invalid character in chunk size).',
      ),
    });
  });
});
