import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { Receiver } from '../harness/receiver.ts';
import { firstEventType, Subject } from './support.ts';

let proxy: Server;
let server: TestBellhop;
let receiver: Receiver;
let tunnels = 0;
/** What the proxy answers to CONNECT; 200: a tunnel. */
let status = 200;

beforeAll(async () => {
  proxy = createServer().on('connect', ({ url }, client: Socket) => {
    if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    tunnels++;
    const { hostname, port } = new URL(`tunnel://${url}`);
    const target = connect(Number(port), hostname, () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    target.pipe(client).pipe(target);
    client.on('error', () => target.destroy());
    target.on('error', () => client.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  receiver = await Receiver.start();
  const url = `http://operator:pr0xy-s3cret@127.0.0.1:${port()}`;
  server = await TestBellhop.start({ config: { targets: { proxy: url } } });
});

afterAll(async () => {
  await server?.stop();
  await receiver?.stop();
  proxy?.closeAllConnections();
  await new Promise((resolve) => proxy?.close(resolve));
});

const port = () => (proxy.address() as AddressInfo).port;

async function webhook(): Promise<Subject> {
  const tenant = await server.tenant();
  const { type, sample } = firstEventType('boltly');
  const created = await tenant.client.createWebhook({
    body: { provider: 'boltly', events: [type], url: receiver.url('/hook') },
  });
  return new Subject({ tenant, receiver, webhook: created, type, sample });
}

describe('a server whose deliveries go through a proxy', () => {
  test('delivers through it', async () => {
    const subject = await webhook();
    await subject.publish();
    await receiver.atLeast(1);
    expect(tunnels).toBe(1);
    const [attempt] = await subject.recorded(1);
    expect(attempt).toMatchObject({ outcome: 'delivered', status_code: 200 });
    expect(JSON.stringify(attempt)).not.toMatch(/proxy|pr0xy/i);
  });

  test('tells the customer when it is the proxy that fails, the operator which one, and nobody its password', async () => {
    status = 407;
    const subject = await webhook();
    // The connection that the test before left open needs no new tunnel.
    receiver.answer({ headers: { connection: 'close' } });
    await subject.publish();
    await subject.recorded(1);
    await subject.publish();
    const failed = await eventually(
      () => subject.attempts(),
      (attempts) => attempts.some(({ outcome }) => outcome === 'failed'),
    );
    const attempt = failed.find(({ outcome }) => outcome === 'failed');
    expect(attempt?.error).toBe(
      "Nothing was sent: this server's proxy rejected this server's credentials (407). The receiver is not at fault; the operator of this server has to fix it.",
    );
    expect(server.log).toContainEqual(
      expect.objectContaining({ msg: 'proxy', level: 40, proxy: `127.0.0.1:${port()}`, problem: '407' }),
    );
    const encoded = Buffer.from('operator:pr0xy-s3cret').toString('base64');
    for (const text of [JSON.stringify(failed), JSON.stringify(server.log)]) {
      expect(text).not.toContain('pr0xy-s3cret');
      expect(text).not.toContain(encoded);
    }
    expect(JSON.stringify(failed)).not.toContain(`:${port()}`);
  });
});
