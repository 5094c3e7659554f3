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
 * What the stages hand to each other: plain data, cloneable across threads. Times are Unix milliseconds; ids carry their
 * prefix.
 */

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
}

export interface ApiKey {
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

/** A URL that lets a customer into the dashboard, as often as it is opened until it expires. */
export interface PortalLink {
  /** SHA-256 of its token, hex. The token itself is not kept. */
  readonly hash: string;
  readonly organizationId: string;
  /** The key behind whoever made it: the link and its sessions end with that key. Null: the operator made it. */
  readonly apiKeyId: string | null;
  readonly scopes: readonly Scope[];
  readonly theme: Theme;
  /** How long its sessions last. */
  readonly sessionMs: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A browser that is signed in to the dashboard. */
export interface Session {
  /** SHA-256 of its token, hex. The token itself is not kept. */
  readonly hash: string;
  /** What it was signed in with. */
  readonly kind: 'api_key' | 'portal';
  readonly organizationId: string;
  /** The key that it was signed in with, or that its link was made by: it ends with the key. */
  readonly apiKeyId: string | null;
  /** The hash of the link that it came by. */
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
  /** Whether a platform made it through subscribe. */
  readonly restHook: boolean;
  readonly rateLimit: Rate | null;
  readonly retry: { readonly schedule: readonly number[] } | null;
  /** What an event's data must satisfy to be sent, in the filter language; null: every event is. */
  readonly filter: string | null;
  readonly ordering: Ordering;
  /** {@link Credentials}, encrypted. */
  readonly sealed: string;
  readonly status: WebhookStatus;
  readonly statusReason: StatusReason | null;
  readonly consecutiveFailures: number;
  /** Answers in a row that said nobody listens. */
  readonly goneAnswers: number;
  /** Grows with every change, so that who holds a copy sees that it is old. */
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The secret part of a webhook. */
export interface Credentials {
  readonly authentication: Authentication;
  readonly headers: Readonly<Record<string, string>>;
  /** The newest one; none when requests are not signed. */
  readonly secrets: readonly string[];
  /** What rotations replaced, newest first. What was stored before there were rotations does not have it. */
  readonly previous?: readonly PreviousSecret[];
}

/** A secret that stays in use for a while after it was replaced. */
export interface PreviousSecret {
  readonly secret: string;
  /** From this time on it is not used any more. */
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

/** What the store keeps; the API says `held` and `discarded` also of a pending one whose webhook does not take it. */
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
  /** Failed attempts that count against the retry schedule; a replay starts again at 0. */
  readonly failures: number;
  /** When the next attempt is due; null once it is complete. */
  readonly nextAttemptAt: number | null;
  readonly createdAt: number;
  readonly completedAt: number | null;
}

export type AttemptOutcome = 'delivered' | 'failed' | 'throttled';

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
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
  readonly response: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly truncated: boolean;
  } | null;
  readonly outcome: AttemptOutcome;
}

/** How many attempts went how. */
export type AttemptCounts = Readonly<Record<AttemptOutcome, number>>;

/** The live attempts of a webhook that began within an hour. */
export interface HourCounts extends AttemptCounts {
  readonly webhookId: string;
  /** When the hour began. */
  readonly hour: number;
}

/** A delivery in a node's memory, with what it takes to send it. */
export interface Work {
  readonly delivery: Pick<Delivery, 'id' | 'webhookId' | 'attempts' | 'failures' | 'createdAt'>;
  readonly event: Event;
  /** The webhook's revision when this was handed out. */
  readonly webhookRevision: number;
}

/** Which deliveries a job is for; null: that does not matter. */
export interface JobSelection {
  /** These, and then nothing else matters. */
  readonly ids: readonly string[] | null;
  /** The first and the last time of creation. */
  readonly since: number | null;
  readonly until: number | null;
  readonly outcomes: readonly ReplayableOutcome[] | null;
  readonly provider: string | null;
  /** An event type. */
  readonly event: string | null;
}

/** Work on many deliveries, done in small steps. A restart goes on where the last step ended. */
export interface Job {
  readonly id: string;
  readonly organizationId: string;
  readonly kind: JobKind;
  /** Null: the deliveries may be of any webhook. */
  readonly webhookId: string | null;
  readonly status: JobStatus;
  readonly selection: JobSelection;
  /** Deliveries it has looked at so far. */
  readonly examined: number;
  /** Deliveries it has replayed or discarded so far. */
  readonly affected: number;
  readonly createdAt: number;
  /** When it completed or was cancelled. */
  readonly completedAt: number | null;
}

export interface Page {
  readonly limit: number;
  /** The id that the last page ended with. */
  readonly cursor?: string | undefined;
}
