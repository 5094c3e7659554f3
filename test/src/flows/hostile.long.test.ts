import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { builtInProviders } from '@bellhop/shared';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import type { Receiver } from '../harness/receiver.ts';
import { happened, hasty } from './hasty.ts';
import type { HostileCase, HostileReceiver } from './hostile-receivers.ts';
import { hanging, prompt, redirecting, trusted, uncertified } from './hostile-receivers.ts';
import { FlowStage } from './support.ts';

const stage = new FlowStage({ providers: [...builtInProviders, hasty] });
const receivers: HostileReceiver[] = [];
const authorities = getCACertificates('default');

beforeAll(() => setDefaultCACertificates([...authorities, ...trusted]));
afterAll(async () => {
  setDefaultCACertificates(authorities);
  await Promise.all(receivers.map((receiver) => receiver.stop()));
});

type Cases = Readonly<Record<string, HostileCase>>;

/** The ids of webhooks of a tenant, one for each case, by the case's name. */
async function webhooksFor({ client }: Tenant, cases: Cases): Promise<Map<string, string>> {
  const webhooks = new Map<string, string>();
  for (const [name, { start }] of Object.entries(cases)) {
    const receiver = await start();
    receivers.push(receiver);
    const body = { provider: hasty.id, events: [happened.type], url: receiver.url };
    webhooks.set(name, (await client.createWebhook({ body })).id);
  }
  return webhooks;
}

async function attemptsOf({ client }: Tenant, webhooks: ReadonlyMap<string, string>) {
  const entries = [...webhooks].map(async ([name, id]) => {
    const { data } = await client.listAttempts({ params: { id } });
    return [name, data] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The receiver that redirects lead to. Nothing may ever arrive there, although its address is one that is allowed. */
let bait: Receiver;

function redirects(): Cases {
  const statuses = [301, 302, 303, 307, 308];
  return Object.fromEntries(
    statuses.map((status) => [`redirects with ${status}`, redirecting(status, bait.url('/internal'))]),
  );
}

const events = 2;

test('every kind of hostile receiver at once: each attempt says what was wrong, and no other webhook waits', async () => {
  bait = await stage.receiver();
  const tenant = await stage.server.tenant();
  const cases = { ...hanging, ...prompt, ...uncertified, ...redirects() };
  const webhooks = await webhooksFor(tenant, cases);
  const heldUp = new Map([...webhooks].filter(([name]) => Object.hasOwn(hanging, name)));
  const others = new Map([...webhooks].filter(([name]) => !heldUp.has(name)));

  for (let event = 0; event < events; event += 1) await tenant.client.publishEvent({ body: happened });
  // Those that hang hold on to their requests, and those that do not are done: now the others have to get through.
  await eventually(
    () => attemptsOf(tenant, others),
    (attempts) => Object.values(attempts).every(({ length }) => length === events),
  );
  const healthy = await Promise.all([1, 2, 3].map(() => stage.webhook('boltly')));
  await Promise.all(healthy.map((subject) => subject.publishMany(50)));
  await Promise.all(healthy.map((subject) => subject.receiver.atLeast(50)));
  expect(Object.values(await attemptsOf(tenant, heldUp)).flat()).toEqual([]);

  const attempts = await eventually(
    () => attemptsOf(tenant, webhooks),
    (each) => Object.values(each).every(({ length }) => length === events),
  );
  for (const [name, { attempt }] of Object.entries(cases)) {
    const expected = Array.from({ length: events }, () => expect.objectContaining(attempt));
    expect({ [name]: attempts[name] }).toEqual({ [name]: expected });
  }
  expect(bait.received).toEqual([]);
});
