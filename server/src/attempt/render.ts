import type { Authentication, JsonObject, OutgoingEvent, Provider, WireFormat } from '@bellhop/shared';
import { sign, wireFormat } from '@bellhop/shared';
import { hiddenValue } from '@bellhop/shared/api/fields';
import type { Credentials, Event, Webhook } from '../model.ts';
import type { Signers } from './secrets.ts';
import { signersAt } from './secrets.ts';

export interface RenderedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RenderInput {
  readonly provider: Provider;
  readonly webhook: Pick<Webhook, 'url' | 'format'>;
  readonly credentials: Credentials;
  readonly event: OutgoingEvent;
  /** Unix milliseconds. */
  readonly sentAt: number;
  /** `Bellhop/<version>`, unless the format names its own. */
  readonly userAgent: string;
  /** As {@link bodyOf} gave it. Default: rendered. */
  readonly body?: string;
}

/**
 * The request for one attempt, as the format and the webhook have it. Its body depends on the delivery only, so every attempt has the same; timestamps and
 * signatures are fresh.
 */
export function renderRequest(input: RenderInput): RenderedRequest {
  const { event, credentials } = input;
  const format = wireFormat(input.provider, input.webhook.format);
  const body = input.body ?? bodyOf(format, event);
  const timestamp = Math.floor(input.sentAt / 1000);
  const headers = {
    'Content-Type': 'application/json',
    ...(hasHeader(credentials.headers, 'user-agent') ? {} : { 'User-Agent': input.userAgent }),
    ...authenticationHeaders(credentials.authentication),
    ...credentials.headers,
    ...format.headers?.(event, timestamp),
    ...signatureHeader(
      format,
      { body, id: event.id, timestamp },
      signersAt(format.signature, credentials, input.sentAt),
    ),
  };
  return { url: input.webhook.url, headers, body };
}

export function bodyOf(format: WireFormat, event: OutgoingEvent): string {
  return JSON.stringify(format.envelope(event));
}

/**
 * {@link renderRequest}, with an `Accept` unless the customer or the format sets one: firewalls refuse requests without
 * (OWASP CRS 920300), and frameworks answer them with pages for people.
 */
export function completeRequest(input: RenderInput): RenderedRequest {
  const request = renderRequest(input);
  if (hasHeader(request.headers, 'accept')) return request;
  return { ...request, headers: { ...request.headers, Accept: '*/*' } };
}

/** @param onDeliveryId told when the format uses the delivery's id */
export function toOutgoingEvent(event: Event, deliveryId: string, onDeliveryId: () => void = () => {}): OutgoingEvent {
  let data: JsonObject | undefined;
  return {
    id: event.id,
    get deliveryId() {
      onDeliveryId();
      return deliveryId;
    },
    organizationId: event.organizationId,
    provider: event.provider,
    type: event.type,
    occurredAt: new Date(event.occurredAt),
    get data() {
      data ??= JSON.parse(event.data) as JsonObject;
      return data;
    },
    test: event.test,
  };
}

/** The headers for the delivery log, without credentials. Signatures stay, as they do not reveal the secret. */
export function redactHeaders(
  headers: Readonly<Record<string, string>>,
  credentials: Credentials,
): Record<string, string> {
  const secret = new Set(
    [...Object.keys(authenticationHeaders(credentials.authentication)), ...Object.keys(credentials.headers)].map(
      (name) => name.toLowerCase(),
    ),
  );
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secret.has(name.toLowerCase()) ? hiddenValue : value]),
  );
}

/** The headers of each kind as in Bolten's documentation, section Authentication. */
export function authenticationHeaders(authentication: Authentication): Record<string, string> {
  switch (authentication.type) {
    case 'none':
      return {};
    case 'basic': {
      const pair = `${authentication.username}:${authentication.password}`;
      return { Authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
    }
    case 'api_key':
      return { 'X-API-KEY': authentication.key };
    case 'bearer':
      return { Authorization: `Bearer ${authentication.token}` };
  }
}

/** The names, in lower case, of the headers that Bellhop sets in this format. */
export function reservedHeaderNames(format: WireFormat, authentication: Authentication): Set<string> {
  const sample = { id: '', deliveryId: '', organizationId: '', provider: '', type: '', data: {}, test: false };
  const names = [
    'content-type',
    ...Object.keys(authenticationHeaders(authentication)),
    ...Object.keys(format.headers?.({ ...sample, occurredAt: new Date(0) }, 0) ?? {}),
    ...(format.signature ? [format.signature.header] : []),
  ];
  return new Set(names.map((name) => name.toLowerCase()));
}

/** @param wanted in lower case */
function hasHeader(headers: Readonly<Record<string, string>>, wanted: string): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === wanted);
}

function signatureHeader(
  format: WireFormat,
  parts: { body: string; id: string; timestamp: number },
  { secrets: [first, ...others] }: Signers,
): Record<string, string> {
  if (!format.signature || first === undefined) return {};
  return { [format.signature.header]: sign(format.signature, parts, [first, ...others]) };
}
