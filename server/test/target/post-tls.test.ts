import { describe, expect, test } from 'vitest';
import { developmentPolicy, productionPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import { type Answer, agentFor, httpReceiver, httpsReceiver, type Receiver, tcpReceiver } from './support/receivers.ts';
import { selfSigned } from './support/self-signed.ts';

const ok: Answer = (_, response) => response.end('ok');
const good = selfSigned({ host: 'receiver.localhost' });

async function send(receiver: Receiver, ca?: string, host = 'receiver.localhost') {
  const agent = agentFor(developmentPolicy, ca === undefined ? {} : { ca });
  const url = `https://${host}:${receiver.port}/s3cret`;
  const result = await post(agent, { url, headers: {}, body: '{}' }, { deadlineMs: 2000 });
  expect(JSON.stringify(result)).not.toContain('s3cret');
  return result;
}

test('a trusted certificate for the host: answered, over HTTP/1.1, on a connection that is used again', async () => {
  const versions: string[] = [];
  const receiver = await httpsReceiver(good, (request, response) => {
    versions.push(request.httpVersion);
    response.end('ok');
  });
  const agent = agentFor(productionPolicyWithLoopback, { ca: good.cert });
  const request = { url: `https://receiver.localhost:${receiver.port}/`, headers: {}, body: '{}' };
  for (let i = 0; i < 2; i++) {
    expect(await post(agent, request, { deadlineMs: 2000 })).toMatchObject({ status: 200, body: 'ok' });
  }
  expect(versions).toEqual(['1.1', '1.1']);
  expect(receiver.connections).toBe(1);
});

const productionPolicyWithLoopback = { ...productionPolicy, allow: ['127.0.0.1'] };

describe('no encrypted connection', () => {
  test('self-signed', async () => {
    const receiver = await httpsReceiver(good, ok);
    expect(await send(receiver)).toMatchObject({
      kind: 'error',
      code: 'tls',
      message: expect.stringContaining(`The certificate of receiver.localhost:${receiver.port} is self-signed.`),
    });
  });

  test('for another host', async () => {
    const receiver = await httpsReceiver(good, ok);
    expect(await send(receiver, good.cert, 'other.localhost')).toMatchObject({
      code: 'tls',
      message: expect.stringContaining(`is not for other.localhost:${receiver.port}`),
    });
  });

  test('expired', async () => {
    const dates = { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') };
    const expired = selfSigned({ host: 'receiver.localhost', ...dates });
    expect(await send(await httpsReceiver(expired, ok), expired.cert)).toMatchObject({
      code: 'tls',
      message: expect.stringContaining('expired on 2020-02-01'),
    });
  });

  test('plain HTTP on the other side', async () => {
    expect(await send(await httpReceiver(ok))).toMatchObject({
      code: 'tls',
      message: expect.stringContaining('answered without TLS'),
    });
  });

  test('closed during the handshake', async () => {
    expect(await send(await tcpReceiver((socket) => socket.once('data', () => socket.end())))).toMatchObject({
      code: 'tls',
      message: expect.stringContaining('closed the connection during the TLS handshake'),
    });
  });

  test('a handshake that hangs is a timeout', async () => {
    const receiver = await tcpReceiver((socket) => socket.resume());
    const url = `https://receiver.localhost:${receiver.port}/`;
    const agent = agentFor(developmentPolicy, { connectTimeoutMs: 300 });
    expect(await post(agent, { url, headers: {}, body: '' }, { deadlineMs: 150 })).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('did not finish the TLS handshake within 150 ms.'),
    });
  });
});
