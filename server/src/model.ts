import type {
  Authentication,
  FormatId,
  JobKind,
  JobStatus,
  Ordering,
  PlatformId,
  ReplayableOutcome,
  Scope,
  WebhookStatus,
} from '@bellhop/shared';
import type { Theme } from '@bellhop/shared/api/sessions';

/**
 * The data that the stages exchange: plain, cloneable across threads. Times are Unix milliseconds; ids include their
 * prefix.
 */

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

/** Where an API key or a portal link comes from. */
export interface Origin {
  /** The id of the API key or session that made it, or `root`. Null: not recorded. */
  readonly madeBy: string | null;
  /** The id of the API key or portal link that it ends with. Null: none, as the operator made it. */
  readonly parentId: string | null;
}

export interface ApiKey extends Origin {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the key, hex. The key itself is not kept. */
  readonly hash: string;
  /** The key's first characters. */
  readonly preview: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/** A URL that signs a customer in to the dashboard until it expires. */
export interface PortalLink extends Origin {
  readonly id: string;
  /** SHA-256 of its token, hex. The token itself is not kept. */
  readonly hash: string;
  readonly organizationId: string;
  /** The key that the creator's scopes come from: revoking it ends the link and its sessions. Null: the operator. */
  readonly apiKeyId: string | null;
  readonly scopes: readonly Scope[];
  readonly singleUse: boolean;
  /** When it was last used to sign in. */
  readonly usedAt: number | null;
  readonly theme: Theme;
  /** Lifetime of its sessions. */
  readonly sessionMs: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A browser signed in to the dashboard. */
export interface Session {
  readonly id: string;
  /** SHA-256 of its token, hex. The token itself is not kept. */
  readonly hash: string;
  readonly kind: 'api_key' | 'portal';
  readonly organizationId: string;
  /** The key of the sign-in or of the portal link: revoking it ends the session. */
  readonly apiKeyId: string | null;
  /** The portal link, and its hash: revoking it ends the session. */
  readonly linkId: string | null;
  readonly link: string | null;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface StatusReason {
  readonly code: string;
  readonly message: string;
  readonly at: number;
}

export interface Rate {
  readonly requests: number;
  readonly seconds: number;
}

export interface Webhook {
  readonly id: string;
  readonly organizationId: string;
  readonly provider: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly url: string;
  readonly events: readonly string[];
  readonly format: FormatId;
  readonly platform: PlatformId;
  readonly externalId: string | null;
  /** Created by a platform through subscribe. */
  readonly restHook: boolean;
  /** Only an answer that repeats the event's id counts as delivered. */
  readonly acknowledges: boolean;
  /** It ends with a test that somebody runs, at {@link statusUntil}. */
  readonly listener: boolean;
  readonly rateLimit: Rate | null;
  readonly retry: { readonly schedule: readonly number[] } | null;
  /** An expression on an event's data, in the filter language; null: all events match. */
  readonly filter: string | null;
  readonly ordering: Ordering;
  /** {@link Credentials}, encrypted. */
  readonly sealed: string;
  readonly status: WebhookStatus;
  /** Also of an active one that was paused by its platform and is tried again. */
  readonly statusReason: StatusReason | null;
  /**
   * When the status ends by itself; null: never. A paused webhook becomes active, a listener is deleted, and of one that is
   * gone nothing is taken over any more.
   */
  readonly statusUntil: number | null;
  readonly consecutiveFailures: number;
  /** Consecutive responses that say nobody listens any more. */
  readonly goneAnswers: number;
  /** Increases with every change, so that copies can be recognized as stale. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The secret part of a webhook. */
export interface Credentials {
  readonly authentication: Authentication;
  readonly headers: Readonly<Record<string, string>>;
  /** The current secret; empty when requests are not signed. */
  readonly secrets: readonly string[];
  /** Replaced secrets, newest first. Missing in credentials stored before rotation existed. */
  readonly previous?: readonly PreviousSecret[];
}

/** A replaced secret during its overlap. */
export interface PreviousSecret {
  readonly secret: string;
  /** The end of the overlap. */
  readonly until: number;
}

export interface Event {
  readonly id: string;
  readonly organizationId: string;
  readonly provider: string;
  readonly type: string;
  readonly test: boolean;
  readonly occurredAt: number;
  readonly createdAt: number;
  /** The data as JSON text. */
  readonly data: string;
}

/** The stored state. The API shows a pending delivery of a webhook that is not active as `held` or `discarded`. */
export type DeliveryState = 'pending' | 'delivered' | 'exhausted' | 'discarded';

export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly organizationId: string;
  readonly test: boolean;
  readonly state: DeliveryState;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Failed attempts that count against the retry schedule; a replay resets it to 0. */
  readonly failures: number;
  /** When the next attempt is due; null once the delivery is complete. */
  readonly nextAttemptAt: number | null;
  readonly createdAt: number;
  readonly completedAt: number | null;
}

/** `skipped`: nothing was sent, as the webhook does not want the event any more. */
export type AttemptOutcome = 'delivered' | 'failed' | 'throttled' | 'skipped';

export interface Attempt {
  readonly id: string;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly webhookId: string;
  readonly organizationId: string;
  readonly eventType: string;
  readonly test: boolean;
  /** 1 for the first attempt of the delivery. */
  readonly number: number;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly request: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    /** Left out of a list, with what was received. */
    readonly truncated?: boolean;
  };
  readonly response: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly truncated: boolean;
  } | null;
  readonly outcome: AttemptOutcome;
}

export type AttemptCounts = Readonly<Record<Exclude<AttemptOutcome, 'skipped'>, number>>;

/** The live attempts of a webhook that began within an hour. */
export interface HourCounts extends AttemptCounts {
  readonly webhookId: string;
  /** The start of the hour. */
  readonly hour: number;
}

/** A delivery in a node's memory, with all it takes to send it. */
export interface Work {
  readonly delivery: Pick<Delivery, 'id' | 'webhookId' | 'attempts' | 'failures' | 'createdAt'>;
  readonly event: Event;
  /** The webhook's revision when the delivery was leased. */
  readonly webhookRevision: number;
}

/** The deliveries a job works on; null: no restriction. */
export interface JobSelection {
  /** When set, the other fields are null. */
  readonly ids: readonly string[] | null;
  /** Earliest and latest time of creation. */
  readonly since: number | null;
  readonly until: number | null;
  readonly outcomes: readonly ReplayableOutcome[] | null;
  readonly provider: string | null;
  /** An event type. */
  readonly event: string | null;
}

/** Work on many deliveries in small steps. After a restart it continues after the last completed step. */
export interface Job {
  readonly id: string;
  readonly organizationId: string;
  readonly kind: JobKind;
  /** Null: deliveries of all webhooks. */
  readonly webhookId: string | null;
  readonly status: JobStatus;
  readonly selection: JobSelection;
  /** Deliveries examined so far. */
  readonly examined: number;
  /** Deliveries replayed or discarded so far. */
  readonly affected: number;
  readonly createdAt: number;
  /** Time of completion or cancellation. */
  readonly completedAt: number | null;
}

export interface Page {
  readonly limit: number;
  /** The most bytes of text, beyond the first item. Default: any. */
  readonly bytes?: number | undefined;
  /** The last id of the previous page. */
  readonly cursor?: string | undefined;
}
