import { gzipSync } from 'node:zlib';
import type { FormatId } from '@bellhop/shared';
import { afterAll, describe, expect, test } from 'vitest';
import { RawReceiver } from '../harness/raw-receiver.ts';
import { FlowStage } from './support.ts';

const stage = new FlowStage();
const raw: RawReceiver[] = [];
afterAll(() => Promise.all(raw.map((receiver) => receiver.stop())));

/** A webhook on a receiver that answers with these bytes. */
async function answeredBy(bytes: string) {
  const receiver = await RawReceiver.answering((socket) => socket.end(bytes));
  raw.push(receiver);
  const subject = await stage.webhook('boltly', { body: { url: `http://127.0.0.1:${receiver.port}/hook` } });
  await subject.publish();
  const [attempt] = await subject.recorded(1);
  return { attempt, receiver, subject };
}

describe('an event that the receiver took is delivered', () => {
  test('although it said "100 Continue" before', async () => {
    const { attempt, receiver } = await answeredBy(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nOK',
    );
    expect(attempt).toMatchObject({ outcome: 'delivered', status_code: 200, error: null, response: { body: 'OK' } });
    expect(receiver.connections).toBe(1);
  });

  test('although its answer has 20 kB of headers, and the log says so', async () => {
    const { attempt, receiver, subject } = await answeredBy(
      `HTTP/1.1 200 OK\r\nx-policy: ${'x'.repeat(20_000)}\r\nconnection: close\r\ncontent-length: 2\r\n\r\nOK`,
    );
    expect(attempt).toMatchObject({
      outcome: 'delivered',
      status_code: 200,
      error: 'Only a part of the response headers is stored, because they are longer than 16 KiB.',
      response: { body: 'OK', headers: { connection: 'close' } },
    });
    await subject.delivery(({ status }) => status === 'delivered');
    expect(receiver.connections).toBe(1);
  });

  test('although its answer never gets to the end of its headers', async () => {
    const { attempt, receiver, subject } = await answeredBy(
      `HTTP/1.1 200 OK\r\n${'x-more: and more\r\n'.repeat(5000)}`,
    );
    expect(attempt).toMatchObject({
      outcome: 'delivered',
      status_code: 200,
      error:
        'The response was not read to its end, because its headers or what frames its body are longer than 64 KiB.',
    });
    await subject.delivery(({ status }) => status === 'delivered');
    expect(receiver.connections).toBe(1);
  });
});

test('a failure with more headers than are read is told by its status', async () => {
  const { attempt } = await answeredBy(`HTTP/1.1 500 No\r\n${'x-more: and more\r\n'.repeat(5000)}`);
  expect(attempt).toMatchObject({
    outcome: 'failed',
    status_code: 500,
    error:
      'The receiver answered 500 Internal Server Error. The response was not read to its end, because its headers or what frames its body are longer than 64 KiB.',
  });
});

describe('a compressed answer', () => {
  test('is readable in the log', async () => {
    const body = gzipSync('{"error":"phone is not a mobile number"}');
    const subject = await stage.webhook('boltly', {
      answer: { status: 422, headers: { 'content-encoding': 'gzip' }, body },
    });
    await subject.publish();
    expect((await subject.recorded(1))[0]?.response?.body).toBe('{"error":"phone is not a mobile number"}');
  });

  test('of Make that its queue is full is understood', async () => {
    const body = gzipSync('Queue is full.');
    const subject = await stage.webhook('boltly', {
      answer: { status: 400, headers: { 'content-encoding': 'gzip' }, body },
      body: { platform: 'make' },
    });
    await subject.publish();
    expect((await subject.recorded(1))[0]).toMatchObject({ outcome: 'throttled', status_code: 400 });
  });
});

describe('a firewall that wants an Accept header lets deliveries through', () => {
  const accept = async (options: { readonly format?: FormatId; readonly headers?: Record<string, string> }) => {
    const subject = await stage.webhook('boltly', { body: options });
    await subject.publish();
    const [attempt] = await subject.recorded(1);
    const [received] = subject.receiver.received;
    return { sent: received?.headers.accept, logged: attempt?.request.headers };
  };

  test.each(['provider', 'standard'] as const)('in the %s format', async (format) => {
    expect(await accept({ format })).toMatchObject({ sent: '*/*', logged: { Accept: '*/*' } });
  });

  test("a customer's own is sent in its place", async () => {
    expect((await accept({ headers: { accept: 'application/json' } })).sent).toBe('application/json');
  });
});
