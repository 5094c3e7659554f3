import { createServer } from 'node:http2';
import { type AddressInfo, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { type buildConnector, errors } from 'undici';
import { describe, expect, test } from 'vitest';
import type { TargetAgentOptions } from '../../src/target/http-agent.ts';
import { explained } from '../../src/target/opening.ts';
import { developmentPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import { UntrustedIssuers } from '../../src/target/untrusted-issuers.ts';
import { afterTest } from '../cleanup.ts';
import { type Answer, agentFor, httpReceiver, httpsReceiver, tcpReceiver, tlsReceiver } from './support/receivers.ts';
import { Authority, type SelfSigned, selfSigned } from './support/self-signed.ts';

const name = 'receiver.localhost';
const root = new Authority('Root');
const intermediate = new Authority('Intermediate', { issuer: root });
const good = intermediate.leaf(name);
const ok: Answer = (_, response) => response.end('ok');
const day = 86_400_000;
const days = (count: number) => new Date(Date.now() + count * day);
const date = (count: number) => days(count).toISOString().slice(0, 10);
/** OpenSSL's lowest security level, so that a receiver can be as bad as these. */
const low = { ciphers: 'ALL:@SECLEVEL=0' };

async function send(port: number, options: TargetAgentOptions & { url?: string } = {}) {
  const { url = `https://${name}:${port}`, ...rest } = options;
  const agent = agentFor(developmentPolicy, { ca: root.cert, ...rest });
  const result = await post(agent, { url: `${url}/s3cret?s3cret`, headers: {}, body: '{}' }, { deadlineMs: 2000 });
  expect(JSON.stringify(result)).not.toContain('s3cret');
  // Sentences are the same for every port.
  return result.kind === 'error' ? [result.code, result.message.replaceAll(`:${port}`, '')] : [result.status];
}

const operator = 'have the operator of this server trust it in targets.ca.';

describe('a certificate that is not accepted', () => {
  test('one that is', async () => {
    const receiver = await httpsReceiver(good, ok);
    expect(await send(receiver.port)).toEqual([200]);
  });

  const stranger = new Authority('Acme Internal CA');
  const expiredIntermediate = new Authority('Old', { issuer: root, notBefore: days(-9), notAfter: days(-2) });

  test.each<[string, SelfSigned, string]>([
    [
      'expired',
      root.leaf(name, { notBefore: days(-9), notAfter: days(-2) }),
      `The certificate of ${name} expired on ${date(-2)}. The receiver has to renew it.`,
    ],
    [
      'an expired intermediate',
      expiredIntermediate.leaf(name),
      `A certificate that signs the one of ${name} has expired. The receiver has to serve the current intermediate certificates.`,
    ],
    [
      'not yet valid',
      root.leaf(name, { notBefore: days(2), notAfter: days(9) }),
      `The certificate of ${name} is not valid yet, only from ${date(2)}. The receiver has to serve one that is valid today.`,
    ],
    [
      'wrong host',
      root.leaf('other.example'),
      `The receiver's certificate is not for ${name}, but for other.example. Use a host that it names, or have the receiver serve a certificate for this one.`,
    ],
    [
      'self-signed',
      selfSigned({ host: name }),
      `The certificate of ${name} is self-signed. The receiver has to serve one from a public certificate authority. If it is in your own network, ${operator}`,
    ],
    [
      'signed with SHA-1',
      root.leaf(name, { hash: 'sha1' }),
      `The certificate of ${name}, or one that signs it, has an insecure signature (SHA-1 or MD5). The receiver has to get a new certificate with SHA-256.`,
    ],
    [
      'weak key',
      root.leaf(name, { rsaBits: 1024 }),
      `The key in the certificate of ${name} is too short. The receiver has to get a new certificate, with an RSA key of 2048 bits or more, or an ECDSA key of 256.`,
    ],
    [
      'name constraint',
      new Authority('Constrained', { issuer: root, permitted: 'allowed.example' }).leaf(name),
      `The certificate of ${name} has a name that its authority is not allowed to sign (name constraint). The receiver has to get one from another authority, or with allowed names only.`,
    ],
    [
      'for clients only',
      root.leaf(name, { usage: 'clientAuth' }),
      `The certificate of ${name} is not for servers. The receiver has to get one with the extended key usage serverAuth.`,
    ],
    [
      'without its intermediate',
      { ...good, cert: first(good.cert) },
      `The certificate of ${name} does not lead to a trusted authority: its signer ("Intermediate") was not sent and is unknown to this server. If that is an intermediate certificate, the receiver has to serve it too. If it is an authority of your own, ${operator}`,
    ],
    [
      'private authority, with its root',
      withRoot(stranger.leaf(name), stranger),
      `The certificate of ${name} is signed by an authority that this server does not trust ("Acme Internal CA"). The receiver has to serve one from a public authority. If the authority is yours, ${operator}`,
    ],
    [
      'private authority, with its intermediate',
      new Authority('Acme Issuing', { issuer: stranger }).leaf(name),
      `The certificate of ${name} does not lead to a trusted authority: its signer ("Acme Internal CA") was not sent and is unknown to this server. If that is an intermediate certificate, the receiver has to serve it too. If it is an authority of your own, ${operator}`,
    ],
  ])('%s', async (_, certificate, message) => {
    const receiver = await httpsReceiver(certificate, ok, low);
    expect(await send(receiver.port)).toEqual(['tls', message]);
  });

  test('an issuer with an odd name is named without its markup, and in part', async () => {
    const odd = new Authority(`<b>\u202e${'x'.repeat(99)}`);
    const receiver = await httpsReceiver(withRoot(odd.leaf(name), odd), ok);
    expect((await send(receiver.port))[1]).toContain(` ("b${'x'.repeat(63)}"). `);
  });
});

test('a middlebox that replaces the certificates of all hosts', async () => {
  const box = new Authority('Inspector');
  const agent = agentFor(developmentPolicy, { ca: root.cert, resolver: async () => [{ address: '127.0.0.1' }] });
  const messages: string[] = [];
  for (const host of ['a.example', 'b.example', 'hooks.acme.test', 'hooks.globex.test', 'x.globex.test']) {
    const { port } = await httpsReceiver(withRoot(box.leaf(host), box), ok);
    const result = await post(agent, { url: `https://${host}:${port}/`, headers: {}, body: '' }, { deadlineMs: 2000 });
    if (result.kind === 'error') messages.push(result.message.replace(`:${port}`, ''));
  }
  const intercepted = (host: string) =>
    `The certificate of ${host} is signed by an untrusted authority ("Inspector"), and so are those of unrelated hosts: something between this server and the internet seems to replace certificates. If so, the receiver is not at fault, and the operator of this server has to exempt it from inspection or to trust the authority in targets.ca.`;
  expect(messages.slice(0, 2).filter((message) => message.includes('between this server'))).toEqual([]);
  expect(messages.slice(2)).toEqual(['hooks.acme.test', 'hooks.globex.test', 'x.globex.test'].map(intercepted));
});

describe('a handshake that fails', () => {
  const old = `${name} does not speak TLS 1.2 or TLS 1.3. The receiver has to enable one of them.`;
  const clientCertificate = `${name} requires a client certificate, which this server does not have. The receiver has to accept requests without one; it can verify their signature instead.`;
  const wanted = { requestCert: true, rejectUnauthorized: true, ca: root.cert };
  const http2Only = `${name} speaks only HTTP/2. The receiver has to enable HTTP/1.1 too, and to accept http/1.1 in ALPN.`;

  test.each<[string, TlsOptions, string]>([
    ['TLS 1.0 only', { ...low, minVersion: 'TLSv1', maxVersion: 'TLSv1' }, old],
    ['TLS 1.1 only', { ...low, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }, old],
    [
      'no common cipher',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0' },
      `${name} refused the TLS handshake, most likely for want of a common cipher. The receiver has to enable one of today's, such as ECDHE with AES-GCM.`,
    ],
    ['a client certificate is wanted, TLS 1.2', { ...wanted, maxVersion: 'TLSv1.2' }, clientCertificate],
    ['a client certificate is wanted, TLS 1.3', { ...wanted, minVersion: 'TLSv1.3' }, clientCertificate],
    ['no http/1.1 in ALPN', { ALPNProtocols: ['h2'] }, http2Only],
  ])('%s', async (_, options, message) => {
    const receiver = await httpsReceiver(good, ok, options);
    expect(await send(receiver.port)).toEqual(['tls', message]);
  });

  test('closed', async () => {
    const receiver = await tcpReceiver((socket) => socket.once('data', () => socket.end()));
    expect(await send(receiver.port)).toEqual([
      'tls',
      `${name} closed the connection during the TLS handshake. Check that it serves https:// on this port, has a certificate for this name, and is not at its limit of connections.`,
    ]);
  });

  test('plain HTTP at an https:// URL', async () => {
    const receiver = await httpReceiver(ok);
    expect(await send(receiver.port)).toEqual([
      'tls',
      `${name} answered without TLS: it speaks plain HTTP or another protocol on this port. Use the port where it serves https://, or enable TLS there.`,
    ]);
  });

  test('HTTP/2 as the answer, whatever was agreed', async () => {
    const settings = Buffer.from('000018040000000000000100001000000300000064000500004000000600', 'hex');
    const receiver = await tlsReceiver(good, (socket) => socket.resume().write(settings));
    expect(await send(receiver.port)).toEqual(['protocol', http2Only]);
  });

  test("Node's HTTP/2 server without TLS", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterTest(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await send(port, { url: `http://${name}:${port}` })).toEqual(['protocol', http2Only]);
  });
});

describe('TLS at an http:// URL', () => {
  const writeHttps = "Write https:// in the webhook's URL.";

  test('that closes', async () => {
    const { port } = await httpsReceiver(good, ok);
    expect(await send(port, { url: `http://${name}:${port}` })).toEqual([
      'reset',
      "The receiver closed the connection without answering. If it expects TLS, write https:// in the webhook's URL.",
    ]);
  });

  test('that sends an alert', async () => {
    const alert = Buffer.from('15030100020246', 'hex');
    const { port } = await tcpReceiver((socket) => socket.once('data', () => socket.end(alert)));
    expect(await send(port, { url: `http://${name}:${port}` })).toEqual([
      'protocol',
      `${name} expects TLS on this port. ${writeHttps}`,
    ]);
  });
});

describe('a stage that takes too long', () => {
  test('the name', async () => {
    const message =
      "The name of slow.example was not resolved within 100 ms. Check the host in the webhook's URL and its name servers.";
    const options = {
      resolver: () => new Promise<never>(() => {}),
      connectTimeoutMs: 100,
      url: 'https://slow.example',
    };
    expect(await send(0, options)).toEqual(['timeout', message]);
  });

  test('the connection', async () => {
    const connect: buildConnector.connector = (_, callback) => {
      const socket = new Socket();
      process.nextTick(() => {
        socket.emit('connectionAttempt');
        callback(new errors.ConnectTimeoutError(), null);
      });
      return socket;
    };
    const options = { protocol: 'https:', hostname: name, port: '443', host: name };
    const callback = Promise.withResolvers<Error | null>();
    explained(connect, 10_000, new UntrustedIssuers())(options, { stage: 'name' }, (...[error]) =>
      callback.resolve(error),
    );
    expect(await callback.promise).toMatchObject({
      kind: 'timeout',
      message: `${name} did not accept the connection within 10 s. Check that the receiver is running and that its firewall allows this server.`,
    });
  });

  test('the request', async () => {
    const { port } = await tlsReceiver(good, (socket) => socket.pause());
    const agent = agentFor(developmentPolicy, { ca: root.cert });
    const body = 'x'.repeat(16 * 1024 * 1024);
    const result = await post(agent, { url: `https://${name}:${port}/`, headers: {}, body }, { deadlineMs: 1000 });
    expect(result).toMatchObject({
      code: 'timeout',
      message: 'The receiver did not read the whole request within 1 s. It has to read the body to its end.',
    });
  });

  test('the answer, and its rest', async () => {
    const silent = await tlsReceiver(good, (socket) => socket.resume());
    expect(await send(silent.port)).toEqual([
      'timeout',
      'The receiver accepted the connection but did not answer within 2 s.',
    ]);
    const half = await tlsReceiver(good, (socket) =>
      socket.resume().write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
    );
    expect(await send(half.port)).toEqual([
      'timeout',
      'The receiver answered 200 but did not finish its response within 2 s.',
    ]);
  });

  test('the handshake, also where the deadline comes first', async () => {
    const { port } = await tcpReceiver((socket) => socket.resume());
    const message = (time: string) =>
      `${name} accepted the connection but did not finish the TLS handshake within ${time}. Check that it serves https:// on this port, and that it is not overloaded.`;
    expect(await send(port, { connectTimeoutMs: 100 })).toEqual(['timeout', message('100 ms')]);
    expect(await send(port, { connectTimeoutMs: 9000 })).toEqual(['timeout', message('2 s')]);
  });
});

function withRoot(leaf: SelfSigned, authority: Authority): SelfSigned {
  return { ...leaf, cert: leaf.cert + authority.cert };
}

function first(pem: string): string {
  return pem.slice(0, pem.indexOf('-----END CERTIFICATE-----')).concat('-----END CERTIFICATE-----\n');
}
