import type { z } from 'zod';
import type { DeliveryPolicy } from './delivery-policy.ts';
import type { JsonObject } from './json.ts';
import type { WireFormat } from './wire-format.ts';

/**
 * A product whose events Bellhop delivers. One file defines all of it: event types, wire format, signature, delivery
 * policy. The REST API, the Zapier and n8n connectors and the documentation derive from that definition.
 */
export interface Provider extends WireFormat {
  /** Stable id in the API and the store: lower-case letters, digits and `_`. */
  readonly id: string;
  /** The product's display name: `InboundFlow`. */
  readonly name: string;
  /** One sentence: what the product is. */
  readonly description: string;
  /** Event types by their value on the wire, in display order. */
  readonly events: Readonly<Record<string, EventType>>;
  readonly webhooks: WebhookRules;
  readonly delivery: DeliveryPolicy;
  /** Per-organization settings. Default: none. */
  readonly settings?: ProviderSettings;
  /**
   * Turns a published event into the events to deliver, according to the organization's settings: it can project the
   * data or add derived events. The first one gets the id that the publisher receives. Default: the event unchanged.
   */
  readonly prepare?: (event: PublishedEvent, settings: JsonObject) => readonly PublishedEvent[];
}

export interface EventType {
  /** Title Case, singular: `New Lead`. */
  readonly label: string;
  /** One sentence that begins with `Triggers when`. */
  readonly description: string;
  /** Singular noun that completes "No new … found": `Lead`. Default: the label. */
  readonly noun?: string;
  /**
   * Schema of `data`. Use `z.looseObject`, so that unknown fields are accepted and passed on. It only validates: the data
   * is sent as published, not as parsed, so defaults and transformations have no effect.
   */
  readonly schema: z.ZodType;
  /** Realistic `data` with every documented field. */
  readonly sample: JsonObject;
  /** Why the event type is unavailable under these settings, as a sentence that says what to set; else undefined. */
  readonly unavailable?: (settings: JsonObject) => string | undefined;
}

/** What a customer can configure on a webhook in the provider's own format. */
export interface WebhookRules {
  /** `one`: exactly one event type per webhook. */
  readonly eventTypes: 'one' | 'many';
  /** `always`: a signing secret is generated. `optional`: used only if the customer sets one. `never`: not used. */
  readonly secret: 'always' | 'optional' | 'never';
  /** Authentication kinds that the provider's own dashboard offers. The API accepts every kind for every provider. */
  readonly authentication: readonly AuthenticationKind[];
  /** True when the provider's own dashboard offers additional headers. The API accepts them for every provider. */
  readonly additionalHeaders: boolean;
}

export type AuthenticationKind = 'none' | 'basic' | 'api_key' | 'bearer';

export interface ProviderSettings {
  readonly schema: z.ZodObject;
  /** Settings of an organization that has set none. */
  readonly defaults: JsonObject;
}

/** A published event: the event type's value and the validated data. */
export interface PublishedEvent {
  readonly type: string;
  readonly data: JsonObject;
}

/** A provider definition, with optional fields where there are defaults. */
export interface ProviderInput
  extends Omit<Provider, 'webhooks' | 'delivery' | 'signature' | 'envelope' | 'headers'>,
    WireFormat {
  /** Default: many event types, a secret if the format is signed, no authentication, no additional headers. */
  readonly webhooks?: Partial<WebhookRules>;
  /** Default: that of {@link DeliveryPolicy}. */
  readonly delivery?: Partial<DeliveryPolicy>;
}
