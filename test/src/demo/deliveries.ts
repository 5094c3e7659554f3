import { setTimeout as wait } from 'node:timers/promises';
import type { EventType, OperationOutput, Provider } from '@bellhop/shared';
import type { Tenant } from '../harness/bellhop.ts';
import type { Received } from '../harness/receiver.ts';
import type { Published } from './formats.ts';
import { documentedFormat } from './formats.ts';
import { poll } from './poll.ts';
import type { Subscription } from './subscriptions.ts';
import type { Verification } from './verification.ts';
import { verifyRequest } from './verification.ts';

/** One event on its way to one receiver: a row of the table. */
export interface Row {
  readonly provider: string;
  readonly event: string;
  /** Whether the provider derived the event from the published one above it. */
  readonly derived: boolean;
  readonly platform: string;
  /** The receiver's answer, as the attempt log has it. */
  readonly status: number | null;
  /** Null when no request came. */
  readonly signature: Verification['signature'] | null;
  readonly signatureHeader: string | null;
  /** From the publish call to the receiver having the request. */
  readonly milliseconds: number | null;
  /** Why the row fails; empty when it does not. */
  readonly problems: readonly string[];
}

type Attempt = OperationOutput<'listAttempts'>['data'][number];

interface Delivery {
  readonly published: Published;
  readonly derived: boolean;
  /** What is wrong with the event itself. */
  readonly problems: readonly string[];
  readonly publishedAt: number;
  readonly subscription: Subscription;
  readonly request: Received | undefined;
}

/** The events of a provider on their way. */
export interface Underway {
  readonly provider: Provider;
  /** Each resolves when its request is there, or will not come any more. */
  readonly deliveries: readonly Promise<Delivery>[];
  /** Rows of events that could not even be published. */
  readonly unpublished: readonly Row[];
}

/** The longest that the next event waits for the receipts of the one before. */
const paceMs = 500;

/** Publishes every event type of a provider, each when the one before has arrived everywhere. */
export async function publishEverything(
  tenant: Tenant,
  provider: Provider,
  subscriptions: readonly Subscription[],
  deadline: number,
): Promise<Underway> {
  const all: Promise<Delivery>[] = [];
  const unpublished: Row[] = [];
  for (const [type, eventType] of Object.entries(provider.events)) {
    try {
      const deliveries = await publish(tenant, provider, [type, eventType], subscriptions, deadline);
      all.push(...deliveries);
      await Promise.race([Promise.all(deliveries), wait(paceMs, undefined, { ref: false })]);
    } catch (error) {
      unpublished.push(...unpublishedRows(provider, type, subscriptions, error));
    }
  }
  return { provider, deliveries: all, unpublished };
}

/** The rows of a provider's events, once everything about them is known or the deadline (Unix milliseconds) has passed. */
export async function rowsOf({ client }: Tenant, underway: Underway, deadline: number): Promise<Row[]> {
  const deliveries = await Promise.all(underway.deliveries);
  const logs = new Map<string, Promise<Attempt[]>>();
  for (const [id, expected] of Map.groupBy(deliveries, ({ subscription }) => subscription.webhookId)) {
    const ask = async () => (await client.listAttempts({ params: { id }, query: { limit: 100 } })).data;
    const complete = (attempts: Attempt[]) => expected.every((delivery) => attemptsOf(delivery, attempts).length > 0);
    logs.set(id, poll(ask, complete, deadline));
  }
  const rows = deliveries.map(async (delivery) => {
    const attempts = (await logs.get(delivery.subscription.webhookId)) ?? [];
    return toRow(underway.provider.name, delivery, attemptsOf(delivery, attempts));
  });
  return [...(await Promise.all(rows)), ...underway.unpublished];
}

/** Publishes one event; answers with the deliveries that must come of it, each as soon as it is there. */
async function publish(
  { client, organizationId }: Tenant,
  provider: Provider,
  [type, { sample: data }]: [string, EventType],
  subscriptions: readonly Subscription[],
  deadline: number,
): Promise<Promise<Delivery>[]> {
  const publishedAt = Date.now();
  const occurredAt = new Date(publishedAt);
  const body = { provider: provider.id, type, data, occurred_at: occurredAt.toISOString() };
  const answer = await client.publishEvent({ body });
  const common = { organizationId, provider: provider.id, data, occurredAt };
  const events = [{ id: answer.id, type }, ...answer.derived];
  const problems = derivedProblems(documentedFormat(provider.id).derives?.(data) ?? 0, answer.derived.length);
  return events.flatMap((event, index) =>
    subscriptions
      .filter((subscription) => subscription.provider === provider.id && subscription.events.includes(event.type))
      .map(async (subscription): Promise<Delivery> => {
        const { receiver, url, format } = subscription;
        const ofType = ({ json }: Received) => json[format.typeKey] === event.type;
        const request = await receiver.take(url, ofType, Math.max(deadline - Date.now(), 0));
        const published = { ...common, ...event };
        return { published, derived: index > 0, problems, publishedAt, subscription, request };
      }),
  );
}

function attemptsOf({ published }: Delivery, attempts: readonly Attempt[]): Attempt[] {
  return attempts.filter((attempt) => attempt.event_id === published.id);
}

function toRow(provider: string, delivery: Delivery, attempts: readonly Attempt[]): Row {
  const { published, derived, publishedAt, request, subscription } = delivery;
  const { format, secret, receiver } = subscription;
  const verification = request && verifyRequest(format, secret, published, request);
  return {
    provider,
    event: published.type,
    derived,
    platform: receiver.name,
    status: attempts[0]?.status_code ?? null,
    signature: verification?.signature ?? null,
    signatureHeader: format.signature?.header ?? null,
    milliseconds: request ? request.at - publishedAt : null,
    problems: [...delivery.problems, ...(verification?.problems ?? ['No request came.']), ...logProblems(attempts)],
  };
}

function derivedProblems(documented: number, derived: number): string[] {
  if (derived === documented) return [];
  return [`It brought about ${derived} further events; its document says ${documented}.`];
}

function logProblems(attempts: readonly Attempt[]): string[] {
  const [latest] = attempts;
  if (!latest) return ['The attempt log has nothing on it.'];
  if (attempts.length > 1) return [`It was sent ${attempts.length} times.`];
  if (latest.outcome === 'delivered') return [];
  return [latest.error ?? `The attempt log says "${latest.outcome}".`];
}

function unpublishedRows(
  { id, name }: Provider,
  type: string,
  subscriptions: readonly Subscription[],
  error: unknown,
): Row[] {
  const problem = `It could not be published: ${error instanceof Error ? error.message : String(error)}`;
  return subscriptions
    .filter(({ provider, events }) => provider === id && events.includes(type))
    .map(({ receiver, format }) => ({
      provider: name,
      event: type,
      derived: false,
      platform: receiver.name,
      status: null,
      signature: null,
      signatureHeader: format.signature?.header ?? null,
      milliseconds: null,
      problems: [problem],
    }));
}
