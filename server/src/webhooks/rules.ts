import type { Authentication, Catalogue, FormatId, Provider, WebhookPatch } from '@bellhop/shared';
import { secretProblem, wireFormat } from '@bellhop/shared';
import { reservedHeaderNames } from '../attempt/render.ts';
import type { Credentials } from '../model.ts';
import type { FieldError } from '../problem.ts';
import { unknownEventType, unknownProvider } from '../publish/prepare.ts';
import { headerProblem } from '../target/header-rules.ts';
import type { TargetPolicy } from '../target/policy.ts';
import { checkTargetUrl } from '../target/target-url.ts';

/** The parts of a new or changed webhook that are validated. */
export interface WebhookDraft {
  readonly provider: string;
  readonly events: readonly string[];
  /** Undefined in a preview without a URL. */
  readonly url: string | undefined;
  readonly format: FormatId;
  readonly authentication: Authentication;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: no secret. Undefined: keep the current one, or generate one where the format needs it. */
  readonly signingSecret: string | null | undefined;
}

export function webhookProblems(catalogue: Catalogue, targets: TargetPolicy, draft: WebhookDraft): FieldError[] {
  const provider = catalogue.provider(draft.provider);
  if (!provider) return [{ field: 'provider', message: unknownProvider(catalogue) }];
  return [
    ...eventProblems(provider, draft),
    ...urlProblems(targets, draft),
    ...headerProblems(provider, draft),
    ...signingSecretProblems(provider, draft),
  ];
}

/** What a changed webhook may not keep: the stored credentials are for the origin that they were given for. */
export function movedCredentialProblems(
  { from, to }: { readonly from: string; readonly to: string },
  stored: Pick<Credentials, 'authentication' | 'headers'>,
  given: Pick<WebhookPatch, 'authentication' | 'headers'>,
): FieldError[] {
  const origin = URL.parse(from)?.origin;
  if (origin === URL.parse(to)?.origin) return [];
  const message = `must be given again with a URL of another origin: the stored credentials are for ${origin}`;
  return [
    ...(stored.authentication.type !== 'none' && !given.authentication ? [{ field: 'authentication', message }] : []),
    ...(Object.keys(stored.headers).length > 0 && !given.headers ? [{ field: 'headers', message }] : []),
  ];
}

export function secretUse(provider: Provider, format: FormatId): Provider['webhooks']['secret'] {
  return format === 'standard' ? 'always' : provider.webhooks.secret;
}

function eventProblems(provider: Provider, { events, format }: WebhookDraft): FieldError[] {
  const unknown = events.flatMap((type, index) =>
    Object.hasOwn(provider.events, type) ? [] : [{ field: `events.${index}`, message: unknownEventType(provider) }],
  );
  if (format === 'provider' && provider.webhooks.eventTypes === 'one' && events.length > 1) {
    const message = `must name exactly one event type, as ${provider.name} webhooks do; create a webhook for each, or choose the standard format`;
    return [...unknown, { field: 'events', message }];
  }
  return unknown;
}

function urlProblems(targets: TargetPolicy, { url }: WebhookDraft): FieldError[] {
  if (url === undefined) return [];
  const checked = checkTargetUrl(url, targets);
  return checked.ok ? [] : [{ field: 'url', message: checked.problem }];
}

function headerProblems(provider: Provider, { headers, authentication, format }: WebhookDraft): FieldError[] {
  const reserved = reservedHeaderNames(wireFormat(provider, format), authentication);
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    const twice = seen.has(lower);
    seen.add(lower);
    const message =
      headerProblem(name, value) ??
      (reserved.has(lower) ? 'is set by Bellhop for this webhook; leave it out' : undefined) ??
      (twice ? 'is given twice; header names are case-insensitive' : undefined);
    return message ? [{ field: `headers.${name}`, message }] : [];
  });
}

function signingSecretProblems(provider: Provider, { format, signingSecret }: WebhookDraft): FieldError[] {
  if (signingSecret === undefined) return [];
  const field = 'signing_secret';
  const use = secretUse(provider, format);
  const { signature } = wireFormat(provider, format);
  if (signingSecret === null) {
    return use === 'always' ? [{ field, message: 'cannot be removed: requests of this format are always signed' }] : [];
  }
  if (!signature) {
    const message = `is not used: ${provider.name} requests are not signed; leave it out, or choose the standard format`;
    return [{ field, message }];
  }
  const problem = secretProblem(signature, signingSecret);
  return problem ? [{ field, message: problem }] : [];
}
