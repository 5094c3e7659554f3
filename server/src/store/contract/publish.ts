import type { Event } from '../../model.ts';
import type { OwnedLane, PublishedWork } from './lanes.ts';

export interface PublishStore {
  /**
   * Stores events and fans them out to the webhooks that subscribe to them and whose filter they satisfy: one transaction
   * for the whole batch, one answer per request. A filter that cannot be evaluated counts as satisfied.
   */
  publish(requests: readonly PublishRequest[], options: PublishOptions): Promise<PublishResult[]>;
  /**
   * Carries on with an event whose fan-out was put off, for some of its webhooks; null: there is none. Those of an
   * organization follow one after another.
   */
  fanOut(options: PublishOptions): Promise<FannedOut | null>;
}

/** What a step of a fan-out stored. */
export interface FannedOut extends Pick<Stored, 'node' | 'work' | 'lanes' | 'elsewhere' | 'matched' | 'waiting'> {
  readonly event: Event;
  /** The event has no more webhooks. */
  readonly complete: boolean;
}

export interface PublishRequest {
  readonly organizationId: string;
  readonly idempotency: Idempotency | null;
  readonly events: readonly Event[];
  /** What a repeat with the same idempotency key is answered: JSON text of a list, with an element per given event. */
  readonly answer: string;
  /** Given events that have keys of their own. Default: none. */
  readonly keyed?: readonly KeyedEvents[];
  /** Whether the rest is stored when such a key was used for another event. Default: nothing is. */
  readonly partial?: boolean;
}

/** An idempotency key, and what the request was that has it. */
export interface Idempotency {
  readonly key: string;
  readonly hash: string;
}

/** A given event with a key: what is stored of it, and where in the answer it is. */
export interface KeyedEvents extends Idempotency {
  /** In the answer. */
  readonly index: number;
  /** The first of its events. */
  readonly from: number;
  readonly count: number;
}

export interface PublishOptions {
  /**
   * The node that publishes, and takes the deliveries of lanes that are its own or may become so; null: one that sends
   * nothing.
   */
  readonly node: string | null;
  /** Whether the node takes no more deliveries for now. */
  readonly full?: boolean;
  /** For each slot the node that free lanes are given to, or null. Default: this node. */
  readonly homes?: readonly (string | null)[] | null;
  readonly now: number;
  /** Webhooks of an event that are fanned out to at once; those of one with more are left to {@link PublishStore.fanOut}. Default: 250. */
  readonly mostWebhooks?: number;
}

export type PublishResult =
  | Stored
  /** Published before with the same key and body. */
  | { readonly kind: 'repeated'; readonly answer: string }
  /** The key was used for another body; or, by their index in the answer, those of `events`. Nothing was stored. */
  | { readonly kind: 'key_reused'; readonly events?: readonly number[] };

export interface Stored {
  readonly kind: 'stored';
  /**
   * The request's, unless events with keys of their own were not stored again: then it has their first answers, and null
   * for those whose key was used for another event.
   */
  readonly answer: string;
  /** Indexes of events that were not stored. */
  readonly dropped: readonly number[];
  /** The node that published. */
  readonly node: string | null;
  /** The deliveries that this node holds now. */
  readonly work: PublishedWork[];
  /** The lanes of these, which are this node's: some have become so by it, or by what another node has just published. */
  readonly lanes: OwnedLane[];
  /** Other nodes that hold deliveries of it now. */
  readonly elsewhere: string[];
  /** How many deliveries there are, so far. */
  readonly matched: number;
  /** Whether the fan-out of some events is put off. */
  readonly deferred: boolean;
  /** Whether deliveries of the batch were left in the store and are to be claimed. */
  readonly waiting: boolean;
}
