import type { OperationInput } from '@bellhop/shared';
import type { Provider, Webhook } from '../../../api/resources.ts';
import { scheduleText } from './schedule.ts';

/** The values of the form's fields. */
export interface Draft {
  readonly provider: string;
  readonly events: readonly string[];
  /** False: the webhook is paused and holds its events. */
  readonly enabled: boolean;
  readonly url: string;
  readonly name: string;
  readonly description: string;
  readonly format: Format;
  readonly authentication: AuthenticationDraft;
  readonly headers: HeadersDraft;
  /** Empty: the server generates one if requests are signed. */
  readonly secret: string;
  readonly filter: string;
  readonly rateLimit: { readonly requests: string; readonly seconds: string };
  readonly ordering: Webhook['ordering'];
  readonly retry: { readonly kind: RetryKind; readonly text: string };
  /** Empty: detected from the URL. */
  readonly platform: Webhook['platform'] | '';
}

export type Format = Webhook['format'];

export type AuthenticationKind = Webhook['authentication']['type'];

export interface AuthenticationDraft {
  readonly kind: AuthenticationKind;
  readonly username: string;
  readonly password: string;
  readonly key: string;
  readonly token: string;
  /** True while the saved credentials, which the server does not return, are kept. */
  readonly kept: boolean;
}

export interface HeadersDraft {
  readonly rows: readonly HeaderRow[];
  /** True while the saved values, which the server does not return, are kept. */
  readonly kept: boolean;
}

export interface HeaderRow {
  /** Identifies the row while its name changes. */
  readonly id: number;
  readonly name: string;
  readonly value: string;
}

/** `provider`: the provider's schedule. `once`: no retries. `own`: the entered delays. */
export type RetryKind = 'provider' | 'once' | 'own';

export const noAuthentication: AuthenticationDraft = {
  kind: 'none',
  username: '',
  password: '',
  key: '',
  token: '',
  kept: false,
};

/** The draft of a new webhook, with an event type preselected if the provider has it. */
export function newDraft(provider: Provider, event = ''): Draft {
  const { events } = provider;
  const [only] = events;
  const chosen = events.length === 1 ? only : events.find(({ type }) => type === event);
  return {
    provider: provider.id,
    events: chosen ? [chosen.type] : [],
    enabled: true,
    url: '',
    name: '',
    description: '',
    format: 'provider',
    authentication: noAuthentication,
    headers: { rows: [], kept: false },
    secret: '',
    filter: '',
    rateLimit: { requests: '', seconds: '' },
    ordering: 'parallel',
    retry: { kind: 'provider', text: '' },
    platform: '',
  };
}

/** The draft for editing a webhook. */
export function draftOf(webhook: Webhook): Draft {
  const { type, username = '' } = webhook.authentication;
  const names = Object.keys(webhook.headers);
  const { rate_limit: limit, retry } = webhook;
  return {
    provider: webhook.provider,
    events: webhook.events,
    enabled: webhook.status === 'active',
    url: webhook.url,
    name: webhook.name ?? '',
    description: webhook.description ?? '',
    format: webhook.format,
    authentication: { ...noAuthentication, kind: type, username, kept: type !== 'none' },
    headers: { rows: names.map((name, id) => ({ id, name, value: '' })), kept: names.length > 0 },
    secret: '',
    filter: webhook.filter ?? '',
    rateLimit: limit
      ? { requests: String(limit.requests), seconds: String(limit.seconds) }
      : { requests: '', seconds: '' },
    ordering: webhook.ordering,
    retry: retry
      ? { kind: retry.schedule.length > 0 ? 'own' : 'once', text: scheduleText(retry.schedule) }
      : { kind: 'provider', text: '' },
    platform: webhook.platform,
  };
}

/** The draft for a different provider; provider-specific values are reset. */
export function withProvider(draft: Draft, provider: Provider): Draft {
  const fresh = newDraft(provider);
  return { ...draft, provider: fresh.provider, events: fresh.events, format: fresh.format, secret: '' };
}

/** The draft in another format, which can allow fewer event types. */
export function withFormat(draft: Draft, provider: Provider, format: Format): Draft {
  const fits = format === 'standard' || provider.webhooks.eventTypes === 'many' || draft.events.length < 2;
  return { ...draft, format, events: fits ? draft.events : draft.events.slice(0, 1) };
}

export type SecretUse = Provider['webhooks']['secret'];

/** The standard format is always signed; the provider's own format follows the provider's rules. */
export function secretUse({ webhooks }: Provider, format: Format): SecretUse {
  return format === 'standard' ? 'always' : webhooks.secret;
}

export type CreateBody = OperationInput<'createWebhook'>['body'];
export type UpdateBody = OperationInput<'updateWebhook'>['body'];
export type PreviewBody = OperationInput<'previewWebhook'>['body'];
export type TrialBody = OperationInput<'tryWebhook'>['body'];
