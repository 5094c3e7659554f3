import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { TargetAgentOptions } from '../../src/target/http-agent.ts';
import { developmentPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import { afterTest } from '../cleanup.ts';
import { agentFor } from './support/receivers.ts';

type Step = (response: ServerResponse) => void;
const ok: Step = (response) => response.end('ok');
const draining: Step = (response) => response.writeHead(503).end();
const lost: Step = (response) => response.socket?.destroy();
const silent: Step = () => {};

/** Two machines with the same port, and a name that leads to the first of them until it is moved. */
async function twoMachines(options: TargetAgentOptions = {}) {
  const seen: string[] = [];
  let port = 0;
  const start = async (address: string, answer: () => Step) => {
    const server = createServer((request, response) => {
      seen.push(address);
      request.resume().once('end', () => answer()(response));
    });
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    afterTest(() => server.close().closeAllConnections());
    port = (server.address() as AddressInfo).port;
  };
  const machine = { step: ok, address: '127.0.0.1', lookups: 0 };
  await start('127.0.0.1', () => machine.step);
  await start('127.0.0.2', () => ok);
  const resolver = async () => {
    machine.lookups++;
    return [{ address: machine.address }];
  };
  const agent = agentFor(developmentPolicy, { resolver, ...options });
  const url = `http://moving.example.com:${port}/`;
  const send = () => post(agent, { url, headers: {}, body: '{}' }, { deadlineMs: 300 });
  return { machine, seen, send };
}

/** The look-up after a failure is on its way. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a name that moved to another address', () => {
  test.each([
    ['answers 503', draining],
    ['loses the request', lost],
    ['is silent', silent],
  ])('the old one %s: the next request goes to the new one', async (_, step) => {
    const { machine, seen, send } = await twoMachines();
    // Several kept connections.
    await Promise.all([send(), send(), send()]);
    machine.address = '127.0.0.2';
    machine.step = step;
    await send();
    await aMoment();
    seen.length = 0;
    expect(await Promise.all([send(), send(), send()])).toMatchObject(Array(3).fill({ status: 200 }));
    expect(seen).toEqual(Array(3).fill('127.0.0.2'));
  });

  test('the old one still answers: it gets no more once the connection has had its time', async () => {
    const { machine, seen, send } = await twoMachines({ connectionLifetimeMs: 100 });
    await send();
    machine.address = '127.0.0.2';
    await send();
    await new Promise((resolve) => setTimeout(resolve, 120));
    await send();
    expect(seen).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.2']);
  });
});

describe('a receiver that fails where its name leads', () => {
  test('keeps its connections, and its name is not asked for at every failure', async () => {
    const { machine, send } = await twoMachines();
    machine.step = draining;
    for (let i = 0; i < 20; i++) await send();
    // One for the connection, one for the failures of a second.
    expect(machine.lookups).toBe(2);
  });

  test('and whose name servers are silent: as before', async () => {
    let answers = true;
    const { machine, send } = await twoMachines({
      resolver: async () => (answers ? [{ address: '127.0.0.1' }] : Promise.reject(new Error('silent'))),
    });
    await send();
    answers = false;
    machine.step = draining;
    for (let i = 0; i < 3; i++) {
      expect(await send()).toMatchObject({ status: 503 });
      await aMoment();
    }
  });
});
