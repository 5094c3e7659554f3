import { describe, expect, test } from 'vitest';
import type { TargetAgentOptions } from '../../src/target/http-agent.ts';
import { developmentPolicy } from '../../src/target/policy.ts';
import { post } from '../../src/target/post.ts';
import { Trust } from '../../src/target/trust.ts';
import { connectProxy } from './support/proxy.ts';
import { agentFor, httpsReceiver } from './support/receivers.ts';
import { Authority, type SelfSigned } from './support/self-signed.ts';

const acme = new Authority('Acme');
const issuing = new Authority('Acme Issuing', { issuer: acme });

async function sendTo(host: string, certificate: SelfSigned, options: TargetAgentOptions) {
  const { port } = await httpsReceiver(certificate, (_, response) => response.end('ok'));
  const agent = agentFor(developmentPolicy, { resolver: async () => [{ address: '127.0.0.1' }], ...options });
  const send = () => post(agent, { url: `https://${host}:${port}/`, headers: {}, body: '{}' }, { deadlineMs: 2000 });
  return { send, result: await send() };
}

const delivered = { kind: 'response', status: 200 };
const refused = { kind: 'error', code: 'tls' };

describe('an authority that the operator trusts', () => {
  test.each<[string, Record<string, string[]>, object]>([
    ['for all hosts', { '*': [acme.cert] }, delivered],
    ['for the host', { 'hooks.acme.test': [acme.cert] }, delivered],
    ['for the hosts below a domain', { '*.acme.test': [acme.cert] }, delivered],
    ['together with another one', { '*': [new Authority('Other').cert, acme.cert] }, delivered],
    ['for another host', { 'acme.test': [acme.cert], '*.hooks.acme.test': [acme.cert] }, refused],
    ['for a domain whose name only ends alike', { '*.cme.test': [acme.cert] }, refused],
  ])('%s', async (_, authorities, expected) => {
    const { result } = await sendTo('hooks.acme.test', acme.leaf('hooks.acme.test'), { authorities });
    expect(result).toMatchObject(expected);
  });

  test('an intermediate alone', async () => {
    const leaf = issuing.leaf('hooks.acme.test');
    const { result } = await sendTo('hooks.acme.test', leaf, { authorities: { '*': [issuing.cert] } });
    expect(result).toMatchObject(delivered);
  });

  test("the receiver's own certificate alone", async () => {
    const leaf = acme.leaf('hooks.acme.test');
    const { result } = await sendTo('hooks.acme.test', leaf, { authorities: { 'hooks.acme.test': [leaf.cert] } });
    expect(result).toMatchObject(delivered);
  });

  test('still only for the host that the certificate names', async () => {
    const { result } = await sendTo('hooks.acme.test', acme.leaf('other.test'), { authorities: { '*': [acme.cert] } });
    expect(result).toMatchObject(refused);
  });

  test('behind a proxy, and for a proxy behind TLS', async () => {
    const proxy = await connectProxy({ certificate: acme.leaf('localhost') });
    const url = `https://localhost:${proxy.port}`;
    const through = (authorities: Record<string, string[]>) =>
      sendTo('hooks.acme.test', acme.leaf('hooks.acme.test'), { authorities, proxy: { url, resolve: 'here' } });
    expect((await through({ '*': [acme.cert] })).result).toMatchObject(delivered);
    expect((await through({ localhost: [acme.cert] })).result).toMatchObject(refused);
    expect((await through({ 'hooks.acme.test': [acme.cert] })).result).toMatchObject({ code: 'hindered' });
  });
});

test('a context is made once for all hosts that share it, and for others there is none', () => {
  const trust = new Trust({ '*.acme.test': [acme.cert] });
  expect(trust.contextFor('example.com')).toBeUndefined();
  expect(trust.contextFor('A.acme.test.')).toBe(trust.contextFor('b.acme.test'));
});
