import { openNameServer } from '@bellhop/server/test/target/support/name-server';
import { expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';

test('a customer is not told which private address a name has; the operator is', async () => {
  const names = await openNameServer((_, type) => (type === 'A' ? ['10.20.30.40'] : []));
  const server = await TestBellhop.start({ config: { targets: { nameServers: [names.address] } } });
  const { client } = await server.tenant();
  const body = { provider: 'boltly', events: ['message.read'], url: 'https://intranet.example/' };
  const { id } = await client.createWebhook({ body });
  const tested = await client.testWebhook({ params: { id } });
  const { events: _, ...rest } = body;
  const tried = await client.tryWebhook({ body: { ...rest, event: 'message.read' } });
  await server.stop();
  await names.close();
  for (const { error } of [tested, tried]) {
    expect(error).toMatch(/^The host intranet\.example resolves to an address in a private or reserved network/);
  }
  expect(JSON.stringify([tested, tried])).not.toContain('10.20.');
  const detail = 'intranet.example resolves to 10.20.30.40: 10.20.30.40 is a private address (RFC 1918)';
  for (const msg of ['attempt', 'trial']) expect(server.log).toContainEqual(expect.objectContaining({ msg, detail }));
});
