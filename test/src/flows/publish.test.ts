import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Tenant } from '../harness/bellhop.ts';
import { TestBellhop } from '../harness/bellhop.ts';
import { Receiver } from '../harness/receiver.ts';

let server: TestBellhop;
let tenant: Tenant;
let receiver: Receiver;

beforeAll(async () => {
  server = await TestBellhop.start();
  tenant = await server.tenant();
  receiver = await Receiver.start();
});

afterAll(async () => {
  await server.stop();
  await receiver.stop();
});

test('an event goes in, a webhook comes out', async () => {
  await tenant.client.createWebhook({ body: { provider: 'boltcall', events: ['new_lead'], url: receiver.url('/a') } });
  const { data } = await tenant.client.listProviders();
  const sample = data.find(({ id }) => id === 'boltcall')?.events[0]?.sample ?? {};
  await tenant.client.publishEvent({ body: { provider: 'boltcall', type: 'new_lead', data: sample } });
  const request = await receiver.request(0);
  expect(request.json.data).toEqual(sample);
});
