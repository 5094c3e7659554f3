import { isJsonObject } from '../json.ts';
import { ask, askIfThere } from './ask.ts';
import type { Connection, Failure } from './connection.ts';
import type { StandardEvent } from './event.ts';
import { isStandardEvent } from './event.ts';

/** The events that a hook is for. */
export interface Selection {
  readonly provider: string;
  readonly events: readonly string[];
  readonly filter: string | null;
}

export interface SubscriptionInput extends Selection {
  readonly target_url: string;
  readonly platform: 'zapier' | 'n8n';
  /** The platform's id of what the hook starts: a Zap, a trigger of a workflow. */
  readonly external_id?: string | undefined;
  /** Default: the server generates one. */
  readonly signing_secret?: string;
  /** True: a request counts as delivered only if the answer is JSON with `received`, the request's `webhook-id`. */
  readonly acknowledges?: true;
  /** For a test listener: it gets events from now on, none again, and ends by itself. Default: it is none. */
  readonly listen_seconds?: number;
}

export interface Subscription {
  readonly id: string;
  readonly signing_secret: string;
}

/** Safe to repeat: for the same URL, provider and events the server answers with the subscription that exists. */
export function subscribe(connection: Connection, input: SubscriptionInput): Promise<Subscription> {
  const body = { ...input, format: 'standard' };
  const isSubscription = (answer: unknown) => isJsonObject(answer) && typeof answer.id === 'string';
  return ask(connection, { method: 'POST', path: '/v1/hooks', body }, isSubscription);
}

/** @param absent true for a failure that counts as done. Default: the server says that it has no such subscription. */
export async function unsubscribe(connection: Connection, id: string, absent?: (failure: Failure) => boolean) {
  await askIfThere(connection, { method: 'DELETE', path: hookPath(id) }, () => true, absent);
}

export function hookPath(id: string): string {
  return `/v1/hooks/${encodeURIComponent(id)}`;
}

interface Secrets {
  readonly signing_secret: string | null;
  readonly previous: readonly { readonly signing_secret: string }[];
}

/** The secrets in use, newest first; none if the server has no such subscription. */
export async function currentSecrets(connection: Connection, id: string): Promise<string[]> {
  const path = `/v1/webhooks/${encodeURIComponent(id)}/secret`;
  const answer = await askIfThere<Secrets>(connection, { method: 'GET', path });
  const all = answer ? [answer, ...answer.previous].map(({ signing_secret }) => signing_secret) : [];
  return all.filter((secret) => secret !== null);
}

/** Recent events of a type, newest first, then its static sample. */
export async function sampleEvents(connection: Connection, event: string, { provider, filter }: Selection) {
  const query = { provider, event, ...(filter === null ? {} : { filter }) };
  const { data } = await ask<Samples>(connection, { method: 'GET', path: '/v1/hooks/sample', query }, isSamples);
  return data;
}

interface Samples {
  readonly data: readonly StandardEvent[];
}

function isSamples(answer: unknown): boolean {
  const data = isJsonObject(answer) ? answer.data : undefined;
  return Array.isArray(data) && data.length > 0 && data.every(isStandardEvent);
}
