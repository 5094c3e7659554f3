import type { z } from 'zod';
import type { DeliveryPolicy } from './delivery-policy.ts';
import { resolveDeliveryPolicy } from './delivery-policy.ts';
import type { JsonObject } from './json.ts';
import { providerProblems } from './provider-check.ts';
import type { SignatureScheme } from './signing.ts';

/**
 * The contract a provider fulfils.
 *
 * A provider is a product whose events Bellhop delivers. Everything Bellhop knows of it stands in one file:
 * its event types, its wire format, its signature and how patiently it delivers. The REST API, the Zapier and n8n
 * connectors and the documentation all derive from what is said here.
 */
export interface Provider extends WireFormat {
  /** Stable id in the API and in the store: lower-case letters, digits and `_`. */
  readonly id: string;
  /** The product's name as a customer reads it: `InboundFlow`. */
  readonly name: string;
  /** One sentence: what the product is. */
  readonly description: string;
  /** Event types by their value on the wire, in the order they should be listed. */
  readonly events: Readonly<Record<string, EventType>>;
  readonly webhooks: WebhookRules;
  readonly delivery: DeliveryPolicy;
  /** Per-organization settings, when the provider has any. */
  readonly settings?: ProviderSettings;
  /**
   * Turns one published event into the events that leave, by the organization's settings: it may project the data or
   * add derived events. The first one answers to the id that the publisher gets. Default: the event as it is.
   */
  readonly prepare?: (event: PublishedEvent, settings: JsonObject) => readonly PublishedEvent[];
}

/** How one event becomes the bytes of a request. A provider is one such format; `standard` is another. */
export interface WireFormat {
  /**
   * The body, before `JSON.stringify`; keys in their order on the wire. It sees nothing that changes between attempts,
   * so every attempt of a delivery has the same bytes.
   */
  readonly envelope: (delivery: OutgoingEvent) => JsonObject;
  /** Headers beside `Content-Type`. May use the time of the attempt. Default: none. */
  readonly headers?: (delivery: OutgoingEvent, sentAt: UnixSeconds) => Readonly<Record<string, string>>;
  /** How requests are signed; `null` when they are not. */
  readonly signature: SignatureScheme | null;
}

export interface EventType {
  /** Title Case, singular: `New Lead`. */
  readonly label: string;
  /** One sentence that begins with `Triggers when`. */
  readonly description: string;
  /** What it is about, in the singular, as it completes "No new … found": `Lead`. Default: the label. */
  readonly noun?: string;
  /**
   * Schema of `data`. Use `z.looseObject`: fields it does not know are accepted and passed on. It checks and no more:
   * what is sent is the data as published, not as parsed, so defaults and transformations have no effect.
   */
  readonly schema: z.ZodType;
  /** Realistic `data`; has every documented field. */
  readonly sample: JsonObject;
  /** Why the event type does not exist under these settings, as a sentence that says what to set; else undefined. */
  readonly unavailable?: (settings: JsonObject) => string | undefined;
}

/** What a customer may configure on a webhook of this provider in the provider's own format. */
export interface WebhookRules {
  /** `one`: exactly one event type per webhook. */
  readonly eventTypes: 'one' | 'many';
  /** Whether a signing secret is generated (`always`), used only when the customer sets one (`optional`), or unused. */
  readonly secret: 'always' | 'optional' | 'never';
  /** The authentication kinds this provider's own dashboard offers; the API accepts every kind for every provider. */
  readonly authentication: readonly AuthenticationKind[];
  /** Whether this provider's own dashboard offers additional headers; the API accepts them for every provider. */
  readonly additionalHeaders: boolean;
}

export type AuthenticationKind = 'none' | 'basic' | 'api_key' | 'bearer';

export interface ProviderSettings {
  readonly schema: z.ZodObject;
  /** What holds until an organization sets its own. */
  readonly defaults: JsonObject;
}

/** What an operator published: the event type's value and the data that passed its schema. */
export interface PublishedEvent {
  readonly type: string;
  readonly data: JsonObject;
}

/** One event on its way to one webhook, as a wire format sees it. */
export interface OutgoingEvent {
  /** `evt_` + UUID; the same for every webhook and attempt. */
  readonly id: string;
  /** `dlv_` + UUID; the same for every attempt. */
  readonly deliveryId: string;
  /** `org_` + UUID. */
  readonly organizationId: string;
  readonly provider: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly data: JsonObject;
  /** True when a person asked for a test, false for a live event. */
  readonly test: boolean;
}

export type UnixSeconds = number;

/** A provider as it is written down: what is left out takes the default beside it. */
export interface ProviderInput
  extends Omit<Provider, 'webhooks' | 'delivery' | 'signature' | 'envelope' | 'headers'>,
    WireFormat {
  /** Default: many event types, a secret if the format is signed, no authentication, no additional headers. */
  readonly webhooks?: Partial<WebhookRules>;
  /** Default: {@link resolveDeliveryPolicy} of nothing. */
  readonly delivery?: Partial<DeliveryPolicy>;
}

/**
 * Checks a provider and fills in the defaults.
 *
 * @throws {ProviderError} naming every field that is wrong, also when a sample does not pass its own schema.
 */
export function defineProvider(input: ProviderInput): Provider {
  const problems = providerProblems(input);
  if (problems.length > 0) throw new ProviderError(String(input?.id), problems);
  return {
    ...input,
    webhooks: {
      eventTypes: 'many',
      secret: input.signature ? 'always' : 'never',
      authentication: ['none'],
      additionalHeaders: false,
      ...input.webhooks,
    },
    delivery: resolveDeliveryPolicy(input.delivery),
  };
}

export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(id: string, problems: readonly string[]) {
    super(`Provider "${id}" cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
