import type { Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import type { Tenant, TestBellhop } from '../../harness/bellhop.ts';
import { eventually } from '../../harness/eventually.ts';
import type { Answer, Answering, Receiver } from '../../harness/receiver.ts';
import { publishSample } from './walk.ts';

/** An organization as it looks after a while of use: webhooks in every state, with a log. */
export interface Furnished {
  readonly tenant: Tenant;
  /** Ids of webhooks, by what they are. */
  readonly webhooks: Readonly<Record<'healthy' | 'paused' | 'disabled' | 'failing' | 'hook' | 'ended', string>>;
  /** An event that some webhooks got and others did not. */
  readonly eventId: string;
}

/** Where it is furnished: a {@link Stage}, or what is like one. */
export interface Premises {
  readonly server: TestBellhop;
  receiver(answering?: Answering | Answer): Promise<Receiver>;
}

const page = '<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>';

export async function furnished(stage: Premises): Promise<Furnished> {
  const tenant = await stage.server.tenant();
  const { client } = tenant;
  const [one, many, optional] = [
    find(({ webhooks }) => webhooks.eventTypes === 'one'),
    find(({ webhooks, signature }) => webhooks.eventTypes === 'many' && signature !== null),
    find(({ delivery }) => delivery.disableAfterFailures !== null),
  ];
  const healthy = await stage.receiver({
    body: '{"status":"received"}',
    headers: { 'content-type': 'application/json' },
  });
  const broken = await stage.receiver({ status: 502, body: page, headers: { 'content-type': 'text/html' } });
  const create = (provider: Provider, receiver: Receiver, name: string, more: object = {}) =>
    client.createWebhook({
      body: {
        provider: provider.id,
        events: [firstType(provider)],
        url: receiver.url(`/hooks/${name.length}`),
        name,
        ...more,
      },
    });
  const webhooks = {
    healthy: (await create(one, healthy, 'Leads to the CRM')).id,
    paused: (await create(many, healthy, 'Production webhook', { events: Object.keys(many.events), status: 'paused' }))
      .id,
    disabled: (await create(optional, broken, 'Call summaries', { retry: { schedule: [] } })).id,
    failing: (await create(one, broken, 'Old automation')).id,
    hook: (await subscribe(tenant, one, healthy, 'zap_2241')).id,
    ended: (await subscribe(tenant, one, await stage.receiver({ status: 410 }), 'zap_2107')).id,
  };
  // One after another: those that fail together count once.
  for (let turn = 1; turn <= (optional.delivery.disableAfterFailures ?? 0); turn += 1) {
    await publish(tenant, optional);
    await eventually(
      () => client.getWebhook({ params: { id: webhooks.disabled } }),
      (webhook) => webhook.consecutive_failures === turn,
    );
  }
  for (let turn = 0; turn < 4; turn += 1) await publish(tenant, many);
  const ids = [await publish(tenant, one), await publish(tenant, one), await publish(tenant, one)];
  await client.testWebhook({ params: { id: webhooks.healthy } });
  await settled(tenant, webhooks);
  return { tenant, webhooks, eventId: ids[0] ?? '' };
}

function find(fits: (provider: Provider) => boolean): Provider {
  const provider = builtInProviders.find(fits);
  if (!provider) throw new Error('No built-in provider is like that any more.');
  return provider;
}

export function firstType(provider: Provider): string {
  return Object.keys(provider.events)[0] ?? '';
}

/** Publishes the sample of a provider's first event type; resolves with the event's id. */
export function publish(tenant: Tenant, provider: Provider, changes: object = {}): Promise<string> {
  return publishSample(tenant, provider, firstType(provider), changes);
}

function subscribe({ client }: Tenant, provider: Provider, receiver: Receiver, externalId: string) {
  return client.subscribeHook({
    body: {
      provider: provider.id,
      event: firstType(provider),
      target_url: receiver.url(`/${externalId}`),
      platform: 'zapier',
      external_id: externalId,
      format: 'standard',
    },
  });
}

async function settled({ client }: Tenant, webhooks: Furnished['webhooks']): Promise<void> {
  const become = (id: string, status: string) =>
    eventually(
      () => client.getWebhook({ params: { id } }),
      (webhook) => webhook.status === status,
    );
  await become(webhooks.disabled, 'disabled');
  await become(webhooks.ended, 'gone');
  await eventually(
    () => client.listAttempts({ params: { id: webhooks.healthy } }),
    ({ data }) => data.length >= 4,
  );
  await eventually(
    () => client.getWebhook({ params: { id: webhooks.failing } }),
    ({ consecutive_failures }) => consecutive_failures > 0,
  );
  const ids = Object.values(webhooks).join();
  await eventually(
    () => client.getWebhookStatistics({ query: { ids } }),
    ({ data }) => data.some(({ delivered }) => delivered > 0),
  );
}
