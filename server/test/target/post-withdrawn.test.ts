import { describe, expect, test } from 'vitest';
import { developmentPolicy } from '../../src/target/policy.ts';
import { type PostLimits, post } from '../../src/target/post.ts';
import { agentFor, gate, httpReceiver, type Receiver, tcpReceiver, tlsReceiver } from './support/receivers.ts';
import { selfSigned } from './support/self-signed.ts';

const certificate = selfSigned({ host: 'receiver.localhost' });
const withdrawn = {
  kind: 'error',
  code: 'withdrawn',
  message: 'The webhook was paused or deleted before the request was sent.',
  durationMs: expect.any(Number),
};
/** A webhook that can be paused. */
function webhook() {
  const state = { wanted: true, asked: 0 };
  const limits: PostLimits = {
    deadlineMs: 5000,
    wanted: () => {
      state.asked++;
      return state.wanted;
    },
  };
  return { state, limits };
}

function request(url: string) {
  return { url, headers: {}, body: '{}' };
}

/** A receiver behind TLS that notes what is sent to it and answers everything. */
async function notingTlsReceiver() {
  const bytes: string[] = [];
  const receiver = await tlsReceiver(certificate, (socket) => {
    socket.on('data', (chunk: Buffer) => {
      bytes.push(chunk.toString('latin1'));
      if (chunk.toString('latin1').endsWith('{}')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
  });
  return { receiver, bytes };
}

/** Waits until the receiver has seen the end of its connections, and so all bytes that came before. */
async function closed(receiver: Receiver): Promise<void> {
  while (receiver.open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('a webhook that is paused while its request waits for a connection', () => {
  test.each([
    ['is paused', false],
    ['is not', true],
  ])('whose TLS handshake takes its time, when the webhook %s', async (_, wanted) => {
    const { receiver, bytes } = await notingTlsReceiver();
    const front = await gate(receiver);
    const agent = agentFor(developmentPolicy, { ca: certificate.cert });
    const { state, limits } = webhook();
    const sent = post(agent, request(`https://receiver.localhost:${front.port}/`), limits);
    state.wanted = wanted;
    front.release();
    if (wanted) {
      expect(await sent).toMatchObject({ kind: 'response', status: 200 });
      expect(bytes.join('')).toMatch(/^POST \/ HTTP\/1\.1\r\n/);
      expect(bytes.at(-1)).toMatch(/\{\}$/);
    } else {
      expect(await sent).toEqual(withdrawn);
      // The receiver finished the handshake, and then saw the connection close.
      await closed(receiver);
      expect(receiver.connections).toBe(1);
      expect(bytes).toEqual([]);
    }
    expect(state.asked).toBe(1);
  });

  test('whose address takes its time to be found', async () => {
    const bytes: string[] = [];
    const receiver = await tcpReceiver((socket) => socket.on('data', (chunk) => bytes.push(String(chunk))));
    const found = Promise.withResolvers<{ address: string }[]>();
    const agent = agentFor(developmentPolicy, { resolver: () => found.promise });
    const { state, limits } = webhook();
    const sent = post(agent, request(`http://slow.example:${receiver.port}/`), limits);
    state.wanted = false;
    found.resolve([{ address: '127.0.0.1' }]);
    expect(await sent).toEqual(withdrawn);
    await closed(receiver);
    expect(bytes).toEqual([]);
  });

  test('that another request holds; the request after it is sent', async () => {
    const bodies: string[] = [];
    const answers: (() => void)[] = [];
    const receiver = await httpReceiver((received, response) => {
      bodies.push(received.body);
      answers.push(() => response.end());
    });
    const agent = agentFor(developmentPolicy, { maxConnectionsPerOrigin: 1 });
    const url = `http://127.0.0.1:${receiver.port}/`;
    const { state, limits } = webhook();
    const first = post(agent, { ...request(url), body: 'first' }, limits);
    const second = post(agent, { ...request(url), body: 'second' }, limits);
    const third = post(agent, { ...request(url), body: 'third' }, { deadlineMs: 5000 });
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    state.wanted = false;
    answers.shift()?.();
    // What was sent before it was paused is not taken back.
    expect(await first).toMatchObject({ status: 200 });
    expect(await second).toEqual(withdrawn);
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    answers.shift()?.();
    expect(await third).toMatchObject({ status: 200 });
    expect(bodies).toEqual(['first', 'third']);
  });
});

test('a question that fails leaves the request unsent', async () => {
  const bytes: string[] = [];
  const receiver = await tcpReceiver((socket) => socket.on('data', (chunk) => bytes.push(String(chunk))));
  const agent = agentFor();
  const wanted = () => {
    throw new Error('s3cret');
  };
  const result = await post(agent, request(`http://127.0.0.1:${receiver.port}/`), { deadlineMs: 5000, wanted });
  expect(result).toMatchObject({ kind: 'error', code: 'network' });
  expect(JSON.stringify(result)).not.toContain('s3cret');
  await agent.destroy();
  await closed(receiver);
  expect(bytes).toEqual([]);
});
