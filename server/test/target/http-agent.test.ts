import { once } from 'node:events';
import type { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import type { Resolver } from '../../src/target/lookup.ts';
import { developmentPolicy, productionPolicy, type TargetPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import { connectProxy } from './support/proxy.ts';
import { type Answer, agentFor, httpReceiver } from './support/receivers.ts';

const ok: Answer = (_, response) => response.end('ok');
/** One machine of "the operator's network"; all other loopback addresses stay refused. */
const oneAddress: TargetPolicy = { requireHttps: false, allowLoopback: false, allow: ['127.0.0.1'] };

function send(agent: Agent, url: string) {
  return post(agent, { url, headers: {}, body: '{}' }, { deadlineMs: 2000 });
}

describe('a URL that was stored under a looser policy', () => {
  test.each([
    ['http://127.0.0.1', productionPolicy, 'must start with https://.'],
    ['https://127.0.0.1', productionPolicy, '127.0.0.1 is a loopback address'],
    ['https://[::1]', productionPolicy, '::1 is the loopback address'],
    ['http://127.0.0.1', { ...productionPolicy, requireHttps: false }, '127.0.0.1 is a loopback address'],
    ['http://localhost', { ...productionPolicy, requireHttps: false }, 'localhost is this machine'],
    ['http://0x7f.1', { ...productionPolicy, requireHttps: false }, '127.0.0.1 is a loopback address'],
    ['http://[::ffff:127.0.0.1]', { ...productionPolicy, requireHttps: false }, '127.0.0.1, a loopback address'],
  ])('%s is refused when it is sent', async (origin, policy, phrase) => {
    const receiver = await httpReceiver(ok);
    const result = await send(agentFor(policy), `${origin}:${receiver.port}/s3cret?s3cret`);
    expect(result).toMatchObject({ kind: 'error', code: 'target_refused' });
    expect(result).toHaveProperty('message', expect.stringContaining(phrase));
    expect(JSON.stringify(result)).not.toContain('s3cret');
    expect(receiver.connections).toBe(0);
  });

  test('a port of another protocol is refused', async () => {
    const result = await send(agentFor(), 'http://127.0.0.1:25/');
    expect(result).toMatchObject({ code: 'target_refused', message: expect.stringContaining('Port 25') });
  });

  test('the agent is not made from a bad allow list', () => {
    expect(() => agentFor({ ...productionPolicy, allow: ['10.0.0.0/8', 'n8n'] })).toThrow('"n8n"');
  });
});

describe('DNS rebinding', () => {
  test('the connection goes to the address that was checked, which is asked for once per connection', async () => {
    const receiver = await httpReceiver(ok);
    const asked: string[] = [];
    const answers = ['127.0.0.1', '127.0.0.2'];
    const resolver: Resolver = async (hostname) => {
      asked.push(hostname);
      return [{ address: answers[asked.length - 1] ?? '' }];
    };
    const agent = agentFor(oneAddress, { resolver, connectionLifetimeMs: 60_000 });
    const url = `http://rebind.example.com:${receiver.port}/`;

    expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200 });
    // The open connection is used again: no second look-up.
    expect(await send(agent, url)).toMatchObject({ kind: 'response', status: 200 });
    expect(asked).toEqual(['rebind.example.com']);
    expect(receiver.connections).toBe(1);

    // A new connection asks again, gets the rebound address and goes nowhere.
    expect(await send(agentFor(oneAddress, { resolver }), url)).toMatchObject({
      code: 'target_refused',
      detail: expect.stringContaining('127.0.0.2 is a loopback address'),
    });
    expect(asked).toHaveLength(2);
    expect(receiver.connections).toBe(1);
  });

  test('one bad address among good ones refuses the name', async () => {
    const receiver = await httpReceiver(ok);
    const resolver: Resolver = async () => [{ address: '127.0.0.1' }, { address: '169.254.169.254' }];
    const result = await send(agentFor(oneAddress, { resolver }), `http://both.example.com:${receiver.port}/`);
    expect(result).toMatchObject({ code: 'target_refused', detail: expect.stringContaining('169.254.169.254') });
    expect(receiver.connections).toBe(0);
  });

  test('the next checked address is tried when the first refuses', async () => {
    const receiver = await httpReceiver(ok);
    const resolver: Resolver = async () => [{ address: '127.0.0.9' }, { address: '127.0.0.1' }];
    const agent = agentFor(developmentPolicy, { resolver });
    expect(await send(agent, `http://two.example.com:${receiver.port}/`)).toMatchObject({ status: 200 });
  });
});

describe('connections', () => {
  test('localhost reaches this machine in development', async () => {
    const receiver = await httpReceiver(ok);
    expect(await send(agentFor(), `http://app.localhost:${receiver.port}/`)).toMatchObject({ status: 200 });
  });

  test.each([301, 302, 303, 307, 308])('a redirect (%d) is an answer and is not followed', async (status) => {
    const elsewhere = await httpReceiver(ok);
    const receiver = await httpReceiver((_, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}/` }).end(),
    );
    const result = await send(agentFor(), `http://127.0.0.1:${receiver.port}/`);
    expect(result).toMatchObject({ kind: 'response', status });
    expect(elsewhere.connections).toBe(0);
  });

  test('one at a time per connection, as many as are needed, and no more than the bound', async () => {
    let waiting: (() => void)[] = [];
    const receiver = await httpReceiver((_, response) => {
      waiting.push(() => response.end());
      if (waiting.length === 2) {
        for (const go of waiting) go();
        waiting = [];
      }
    });
    const agent = agentFor(developmentPolicy, { maxConnectionsPerOrigin: 2 });
    const url = `http://127.0.0.1:${receiver.port}/`;
    const results = await Promise.all([send(agent, url), send(agent, url), send(agent, url), send(agent, url)]);
    expect(results.map(({ kind }) => kind)).toEqual(Array(4).fill('response'));
    expect(receiver.connections).toBe(2);
  });

  test('are not kept beyond the bound on kept connections', async () => {
    const wishes: (string | undefined)[] = [];
    const note: Answer = (request, response) => {
      wishes.push(request.headers.connection);
      response.end();
    };
    const receivers = [await httpReceiver(note), await httpReceiver(note), await httpReceiver(note)];
    const agent = agentFor(developmentPolicy, { maxKeptConnections: 2 });
    for (const { port } of receivers) await send(agent, `http://127.0.0.1:${port}/`);
    expect(wishes).toEqual(['keep-alive', 'keep-alive', 'close']);
  });

  test('a closed connection frees its place', async () => {
    const wishes: (string | undefined)[] = [];
    const receiver = await httpReceiver((request, response) => {
      wishes.push(request.headers.connection);
      response.setHeader('connection', 'close').end();
    });
    const agent = agentFor(developmentPolicy, { maxKeptConnections: 1 });
    const url = `http://127.0.0.1:${receiver.port}/`;
    for (let i = 0; i < 3; i++) {
      const gone = once(agent, 'disconnect');
      await Promise.all([send(agent, url), gone]);
      // One that is not opened frees its place too.
      await send(agent, 'http://10.0.0.1/');
    }
    expect(wishes).toEqual(['keep-alive', 'keep-alive', 'keep-alive']);
  });

  test('take no new request when they are too old', async () => {
    const receiver = await httpReceiver(ok);
    const agent = agentFor(developmentPolicy, { connectionLifetimeMs: 1 });
    await send(agent, `http://127.0.0.1:${receiver.port}/`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await send(agent, `http://127.0.0.1:${receiver.port}/`);
    expect(receiver.connections).toBe(2);
  });
});

describe('a source address', () => {
  test.each(['direct', 'through a proxy'])('is where requests come from, %s', async (way) => {
    const from: (string | undefined)[] = [];
    const receiver = await httpReceiver((request, response) => {
      from.push(request.socket.remoteAddress);
      response.end();
    });
    const url = `http://127.0.0.1:${receiver.port}`;
    const options = { sourceAddress: '127.0.0.2' };
    if (way === 'direct') {
      await send(agentFor(developmentPolicy, options), url);
      expect(from).toEqual(['127.0.0.2']);
    } else {
      const proxy = await connectProxy();
      const through = { url: `http://127.0.0.1:${proxy.port}`, resolve: 'here' } as const;
      await send(agentFor(developmentPolicy, { ...options, proxy: through }), url);
      expect(proxy.requests.map(({ from }) => from)).toEqual(['127.0.0.2']);
    }
  });

  test('only addresses of its family are connected to', async () => {
    const receiver = await httpReceiver(ok);
    const families: unknown[] = [];
    const resolver: Resolver = async (_, { family }) => {
      families.push(family);
      return [{ address: '::1' }, { address: '127.0.0.1' }];
    };
    const agent = agentFor(developmentPolicy, { sourceAddress: '127.0.0.2', resolver });
    expect(await send(agent, `http://receiver.example:${receiver.port}`)).toMatchObject({ status: 200 });
    expect(families).toEqual([4]);
  });
});
