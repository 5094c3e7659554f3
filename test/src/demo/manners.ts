import type { Client, Provider } from '@bellhop/shared';
import { ApiError } from '@bellhop/shared';
import type { Tenant } from '../harness/bellhop.ts';
import type { Received } from '../harness/receiver.ts';
import type { Published } from './formats.ts';
import { poll } from './poll.ts';
import type { Stage } from './stage.ts';
import type { Subscription } from './subscriptions.ts';
import { createWebhook, subscribeHook } from './subscriptions.ts';
import { verifyRequest } from './verification.ts';

/** What Bellhop does when a receiver does not simply take the event. */
export interface Manner {
  readonly platform: string;
  /** What the receiver answered: `429, Retry-After: 1`. */
  readonly answer: string;
  /** What came of it. */
  readonly outcome: string;
  /** Why it is not what should have come of it; null when it is. */
  readonly problem: string | null;
}

type Story = Pick<Manner, 'platform' | 'answer'> & { readonly tell: () => Promise<string> };

/** The longest that one step of a story may take. */
const stepMs = 5000;

/** Plays every story at once, each with a tenant of its own. */
export function showManners({ server, standIns }: Stage, providers: readonly Provider[]): Promise<Manner[]> {
  const retrying = providers.find(({ delivery }) => delivery.retry.delays.length > 0);
  const single = providers.find(({ delivery }) => delivery.retry.delays.length === 0);
  if (!retrying || !single) throw new Error('The catalogue has no provider that retries, or none that does not.');
  const { custom, zapier, make } = standIns;
  const stories: Story[] = [
    {
      platform: make.name,
      answer: '429, Retry-After: 1',
      tell: async () => waitsWhenAsked(await server.tenant(), make, retrying),
    },
    {
      platform: zapier.name,
      answer: '410 Gone',
      tell: async () => forgetsWhatIsGone(await server.tenant(), zapier, retrying),
    },
    {
      platform: custom.name,
      answer: `503, to a webhook of ${single.name}`,
      tell: async () => replaysOnRequest(await server.tenant(), custom, single),
    },
  ];
  return Promise.all(stories.map(play));
}

async function play({ tell, ...story }: Story): Promise<Manner> {
  try {
    return { ...story, outcome: await tell(), problem: null };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...story, outcome: problem, problem };
  }
}

type Receiver = Stage['standIns']['custom'];

async function waitsWhenAsked(tenant: Tenant, receiver: Receiver, provider: Provider): Promise<string> {
  const hook = await subscribeHook(tenant.client, receiver, provider.id, [firstType(provider)]);
  receiver.answerFirst(hook.url, { status: 429, headers: { 'retry-after': '1' }, body: 'Too many requests' });
  const published = await publish(tenant, provider);
  const first = await received(hook, published);
  const second = await received(hook, published);
  ensure(second.at - first.at >= 1000, `It was sent again after ${second.at - first.at} ms, too early.`);
  ensure(second.body === first.body, 'It was sent again with another body.');
  const attempts = await logged(tenant.client, hook, 2);
  ensure(attempts[0]?.status_code === 200, 'The attempt log does not show that it was delivered.');
  const { consecutive_failures: failures } = await tenant.client.getHook({ params: { id: hook.webhookId } });
  ensure(failures === 0, 'It counted as a failure.');
  return `sent again ${((second.at - first.at) / 1000).toFixed(1)} s later, same id and body; no failure counted`;
}

async function forgetsWhatIsGone(tenant: Tenant, receiver: Receiver, provider: Provider): Promise<string> {
  const hook = await subscribeHook(tenant.client, receiver, provider.id, [firstType(provider)]);
  receiver.answerFirst(hook.url, { status: 410 });
  await received(hook, await publish(tenant, provider));
  const gone = await poll(() => isGone(tenant.client, hook), Boolean, Date.now() + stepMs);
  ensure(gone, 'The REST hook is still there.');
  const { id } = await publish(tenant, provider);
  const { trace } = await tenant.client.getEvent({ params: { id } });
  const sent = trace.flatMap(({ deliveries }) => deliveries).filter(({ status }) => status !== 'held');
  ensure(sent.length === 0, 'The next event is still sent there.');
  return 'REST hook removed at once; the next event is not sent there';
}

async function replaysOnRequest(tenant: Tenant, receiver: Receiver, provider: Provider): Promise<string> {
  const { client } = tenant;
  const webhook = await createWebhook(client, receiver, provider, [firstType(provider)]);
  receiver.answerFirst(webhook.url, { status: 503 });
  const published = await publish(tenant, provider);
  const first = await received(webhook, published);
  const [failed] = await logged(client, webhook, 1);
  ensure(failed?.status_code === 503, 'The attempt log does not show the failure.');
  const params = { id: failed.delivery_id };
  const { status } = await client.getDelivery({ params });
  ensure(status === 'exhausted', `The delivery is ${status}, although its document knows no retries.`);
  await client.replayDelivery({ params });
  const second = await received(webhook, published);
  ensure(second.body === first.body, 'It was replayed with another body.');
  const replayed = await poll(
    () => client.getDelivery({ params }),
    (delivery) => delivery.status === 'delivered',
    Date.now() + stepMs,
  );
  ensure(replayed.status === 'delivered', `After the replay the delivery is ${replayed.status}.`);
  return 'logged as failed and, by its document, not retried; replayed by hand';
}

/** The first event type that every organization has. */
function firstType({ name, events }: Provider): string {
  const type = Object.keys(events).find((each) => !events[each]?.unavailable);
  if (type === undefined) throw new Error(`${name} has no event type that every organization has.`);
  return type;
}

async function publish({ client, organizationId }: Tenant, provider: Provider): Promise<Published> {
  const type = firstType(provider);
  const data = provider.events[type]?.sample ?? {};
  const occurredAt = new Date();
  const body = { provider: provider.id, type, data, occurred_at: occurredAt.toISOString() };
  const { id } = await client.publishEvent({ body });
  return { id, organizationId, provider: provider.id, type, data, occurredAt };
}

/** The next request of a subscription, verified. */
async function received({ receiver, url, format, secret }: Subscription, published: Published): Promise<Received> {
  const request = await receiver.take(url, () => true, stepMs);
  if (!request) throw new Error(`No request came within ${stepMs / 1000} s.`);
  const { problems } = verifyRequest(format, secret, published, request);
  ensure(problems.length === 0, problems.join(' '));
  return request;
}

function logged(client: Client, { webhookId: id }: Subscription, count: number) {
  const ask = async () => (await client.listAttempts({ params: { id } })).data;
  return poll(ask, (attempts) => attempts.length >= count, Date.now() + stepMs);
}

async function isGone(client: Client, { webhookId: id }: Subscription): Promise<boolean> {
  try {
    await client.getHook({ params: { id } });
    return false;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true;
    throw error;
  }
}

function ensure(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}
