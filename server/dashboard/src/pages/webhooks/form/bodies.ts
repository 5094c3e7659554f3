import { recognisePlatform } from '@bellhop/shared/platforms';
import type { Provider, Webhook } from '../../../api/resources.ts';
import type {
  AuthenticationDraft,
  CreateBody,
  Draft,
  HeadersDraft,
  PreviewBody,
  TrialBody,
  UpdateBody,
} from './draft.ts';
import { secretUse } from './draft.ts';
import { parseSchedule } from './schedule.ts';

/*
 * Converts the form's draft to API requests. Only values that cannot be expressed in a request, such as an invalid number,
 * are problems of the draft; the server validates the rest.
 */

/** The problem of each field as a sentence, by the field's API name. */
export type Problems = Readonly<Record<string, string>>;

/** All problems that prevent saving a draft. */
export function draftProblems(draft: Draft): Problems {
  return {
    ...(draft.events.length === 0 ? { events: 'Choose at least one event.' } : {}),
    ...urlProblems(draft),
    ...requestProblems(draft),
    ...rateLimitProblems(draft),
    ...retryProblems(draft),
  };
}

export function urlProblems({ url }: Draft): Problems {
  return url.trim() === '' ? { url: 'Enter the URL that receives the events.' } : {};
}

/** Problems of the parts that a preview shows. */
export function requestProblems({ authentication, headers }: Draft): Problems {
  return { ...authenticationProblems(authentication), ...headerProblems(headers) };
}

function authenticationProblems({ kind, kept, username, key, token }: AuthenticationDraft): Problems {
  if (kept) return {};
  if (kind === 'basic' && username === '') return { 'authentication.username': 'Enter the username.' };
  if (kind === 'api_key' && key === '') return { 'authentication.key': 'Enter the API key.' };
  return kind === 'bearer' && token === '' ? { 'authentication.token': 'Enter the token.' } : {};
}

/** Duplicate and empty names, which an object would lose. */
function headerProblems({ rows, kept }: HeadersDraft): Problems {
  if (kept) return {};
  const names = filled(rows).map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return Object.fromEntries([
    ...names
      .filter((name) => name === '')
      .map((name) => [headerField(name), 'Enter a header name, or remove the row.'] as const),
    ...twice.map((name) => [headerField(name), `The header ${name} is duplicated. Remove one.`] as const),
  ]);
}

export function headerField(name: string): string {
  return `headers.${name.trim()}`;
}

function rateLimitProblems({ rateLimit: { requests, seconds } }: Draft): Problems {
  if (requests.trim() === '' && seconds.trim() === '') return {};
  return {
    ...wholeNumberProblem('rate_limit.requests', requests, 100_000),
    ...wholeNumberProblem('rate_limit.seconds', seconds, 3600),
  };
}

function wholeNumberProblem(field: string, text: string, most: number): Problems {
  const number = Number(text);
  const fits = /^\s*\d+\s*$/.test(text) && number >= 1 && number <= most;
  return fits ? {} : { [field]: `Enter a whole number from 1 to ${most.toLocaleString('en')}, or leave both empty.` };
}

function retryProblems({ retry }: Draft): Problems {
  if (retry.kind !== 'own') return {};
  const parsed = parseSchedule(retry.text);
  return parsed.ok ? {} : { 'retry.schedule': parsed.problem };
}

/** The body that creates the webhook, from a draft without problems. */
export function createBody(draft: Draft, provider: Provider): CreateBody {
  const rateLimit = rateLimitOf(draft);
  const retry = retryOf(draft);
  return {
    provider: draft.provider,
    events: [...draft.events],
    url: draft.url.trim(),
    ...optional('name', draft.name.trim()),
    ...optional('description', draft.description.trim()),
    ...(draft.format === 'provider' ? {} : { format: draft.format }),
    ...requestParts(draft),
    ...optional('signing_secret', secretOf(draft, provider)),
    ...optional('filter', draft.filter.trim()),
    ...(rateLimit ? { rate_limit: rateLimit } : {}),
    ...(draft.ordering === 'parallel' ? {} : { ordering: draft.ordering }),
    ...(retry ? { retry } : {}),
    ...(draft.platform === '' ? {} : { platform: draft.platform }),
    ...(draft.enabled ? {} : { status: 'paused' }),
  };
}

/** The body that updates a webhook, without unchanged fields and without saved values that are kept. */
export function updateBody(draft: Draft, webhook: Webhook): UpdateBody {
  const wanted = {
    events: [...draft.events],
    url: draft.url.trim(),
    name: orNull(draft.name),
    description: orNull(draft.description),
    format: draft.format,
    filter: orNull(draft.filter),
    rate_limit: rateLimitOf(draft),
    ordering: draft.ordering,
    retry: retryOf(draft),
    platform: platformOf(draft, webhook),
  } satisfies UpdateBody;
  const changed = Object.entries(wanted).filter(
    ([field, value]) => !alike(value, webhook[field as keyof typeof wanted]),
  );
  const { authentication, headers } = draft;
  const hadNone = webhook.authentication.type === 'none';
  const hadNoHeaders = Object.keys(webhook.headers).length === 0;
  return {
    ...Object.fromEntries(changed),
    ...(authentication.kept || (hadNone && authentication.kind === 'none')
      ? {}
      : { authentication: authenticationOf(authentication) }),
    ...(headers.kept || (hadNoHeaders && filled(headers.rows).length === 0) ? {} : { headers: headersOf(headers) }),
  };
}

/** One that was detected follows the URL; one that somebody chose stays. */
export function platformOf({ platform, url }: Pick<Draft, 'platform' | 'url'>, webhook: Webhook): Webhook['platform'] {
  const detected = (text: string) => recognisePlatform(URL.parse(text.trim()) ?? new URL(webhook.url));
  const wasDetected = platform === webhook.platform && platform === detected(webhook.url);
  return wasDetected || platform === '' ? detected(url) : platform;
}

/** The placeholder in previews for a value that only the server knows. */
export const asSaved = '(as saved)';

export function previewBody(draft: Draft, provider: Provider, event: string): PreviewBody {
  const { authentication: saved, headers } = draft;
  const known: Draft = {
    ...draft,
    authentication: saved.kept ? { ...saved, password: asSaved, key: asSaved, token: asSaved } : saved,
    headers: headers.kept ? { ...headers, rows: headers.rows.map((row) => ({ ...row, value: asSaved })) } : headers,
  };
  return {
    provider: draft.provider,
    event,
    ...optional('url', draft.url.trim()),
    format: draft.format,
    ...requestParts(known),
    ...optional('signing_secret', secretOf(draft, provider)),
  };
}

/** The body that sends a sample before the webhook is saved. */
export function trialBody(draft: Draft, provider: Provider, event: string): TrialBody {
  return { ...previewBody(draft, provider, event), url: draft.url.trim() };
}

/** True if requests contain values that only the server knows, so that a test needs a saved webhook. */
export function needsSaved(draft: Draft, webhook: Webhook | undefined): boolean {
  if (!webhook) return false;
  return draft.authentication.kept || draft.headers.kept || webhook.has_signing_secret;
}

function requestParts({ authentication, headers }: Draft): Pick<CreateBody, 'authentication' | 'headers'> {
  const given = headersOf(headers);
  return {
    ...(authentication.kind === 'none' ? {} : { authentication: authenticationOf(authentication) }),
    ...(Object.keys(given).length === 0 ? {} : { headers: given }),
  };
}

function authenticationOf(draft: AuthenticationDraft): NonNullable<CreateBody['authentication']> {
  const { kind, username, password, key, token } = draft;
  if (kind === 'basic') return { type: kind, username, password };
  if (kind === 'api_key') return { type: kind, key };
  return kind === 'bearer' ? { type: kind, token } : { type: kind };
}

function headersOf({ rows }: HeadersDraft): Record<string, string> {
  return Object.fromEntries(filled(rows).map(({ name, value }) => [name, value]));
}

/** Rows that are not empty, with trimmed names. */
function filled(rows: HeadersDraft['rows']): HeadersDraft['rows'] {
  return rows
    .map((row) => ({ ...row, name: row.name.trim() }))
    .filter(({ name, value }) => name !== '' || value !== '');
}

/** The entered secret, if the field for it is shown. */
function secretOf(draft: Draft, provider: Provider): string {
  return secretUse(provider, draft.format) === 'never' ? '' : draft.secret.trim();
}

function rateLimitOf({ rateLimit: { requests, seconds } }: Draft): Webhook['rate_limit'] {
  return requests.trim() === '' ? null : { requests: Number(requests), seconds: Number(seconds) };
}

function retryOf({ retry: { kind, text } }: Draft): { schedule: number[] } | null {
  if (kind === 'provider') return null;
  const parsed = parseSchedule(kind === 'own' ? text : '');
  return { schedule: parsed.ok ? [...parsed.delays] : [] };
}

function optional<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return (value === '' ? {} : { [name]: value }) as Partial<Record<Name, string>>;
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

function alike(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
