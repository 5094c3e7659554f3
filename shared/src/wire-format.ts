import type { JsonObject } from './json.ts';
import type { SignatureScheme } from './signing.ts';

export const formatIds = ['provider', 'standard'] as const;

/** A webhook's wire format: its provider's own, or the neutral one. */
export type FormatId = (typeof formatIds)[number];

/** How an event becomes a request. Every provider is a wire format; `standard` is another. */
export interface WireFormat {
  /**
   * The body, before `JSON.stringify`, with keys in wire order. Its input is the same for every attempt of a delivery,
   * and so are the bytes.
   */
  readonly envelope: (delivery: OutgoingEvent) => JsonObject;
  /** Headers besides `Content-Type`. Can use the time of the attempt. Default: none. */
  readonly headers?: (delivery: OutgoingEvent, sentAt: UnixSeconds) => Readonly<Record<string, string>>;
  /** How requests are signed; `null`: unsigned. */
  readonly signature: SignatureScheme | null;
}

/** The input of a wire format: one event for one webhook. */
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
  /** True for a test, false for a live event. */
  readonly test: boolean;
}

export type UnixSeconds = number;
