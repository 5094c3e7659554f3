import type { Attempt, Delivery, Event, StatusReason, Webhook, Work } from '../../model.ts';

/** A lane assigned to a node: it alone sends to the webhook, until it relinquishes the lane or its lease expires. */
export interface OwnedLane {
  readonly webhookId: string;
  /** A fencing number: one more than at the last assignment, to whichever node. */
  readonly term: number;
  /** When the last owner left in the middle of its work; null: the lane was at rest. */
  readonly leftAt: number | null;
}

/** {@link Work} whose event is the request's event at this index. */
export interface PublishedWork extends Omit<Work, 'event'> {
  readonly eventIndex: number;
}

/** What comes into a node's memory. */
export interface IntakeStore {
  /**
   * Leases deliveries that are due to this node, fairly across webhooks: at most `perLane` of each of at most `lanes`
   * webhooks, those that wait longest first. It looks at lanes that the node owns and at free ones, which become its own.
   */
  claim(request: ClaimRequest): Promise<Claim>;
  /** Leases more deliveries of webhooks whose lanes this node owns. */
  refill(request: RefillRequest): Promise<Claim>;
  /**
   * Deliveries that this node leases, with their lanes: of these events, or these themselves. Tests are left out; so is, of
   * events, what keeps an order, as others may come before it.
   */
  fetch(
    node: string,
    of: { readonly eventIds: readonly string[] } | { readonly ids: readonly string[] },
  ): Promise<Fetched>;
  /** Everything that this node leases and owns, as the store knows it. Tests are left out. */
  holdings(node: string): Promise<Holdings>;
}

export interface ClaimRequest {
  readonly node: string;
  /** Whose free lanes this node takes as soon as they are due; those of others only when nobody came. Default: all. */
  readonly slots?: readonly number[] | null;
  readonly lanes: number;
  readonly perLane: number;
  /** Of the events in all, about; default: any number. */
  readonly bytes?: number;
  readonly now: number;
}

export interface RefillRequest {
  readonly node: string;
  readonly webhookIds: readonly string[];
  readonly perLane: number;
  /** Of the events in all, about; default: any number. */
  readonly bytes?: number;
  readonly now: number;
}

export interface Claim {
  readonly work: Work[];
  /** The lanes that it looked at: this node's now. */
  readonly lanes: OwnedLane[];
  /** Webhooks whose backlog goes on in the store and is this node's to refill from. */
  readonly backlogged: string[];
  /** When the next delivery that this node may claim is due; null: none waits. */
  readonly nextDueAt: number | null;
}

export interface Fetched {
  readonly work: Work[];
  /** Those of their lanes that are this node's. */
  readonly lanes: OwnedLane[];
}

export interface Holdings {
  readonly deliveryIds: string[];
  readonly lanes: HeldLane[];
}

export interface HeldLane extends OwnedLane {
  readonly backlogged: boolean;
  /** Of its webhook. */
  readonly revision: number;
}

export interface ResultStore {
  /**
   * Records attempts and what follows from them, operational events included. Deliveries this node no longer leases stay
   * as they are. An attempt that was recorded before is left out, so a batch may be sent again when its answer got lost.
   */
  record(node: string, results: readonly AttemptResult[], now: number): Promise<Recorded>;
}

/** What a node owes the store. */
export interface LedgerStore extends ResultStore {
  /** Gives deliveries back, due at once, in the place they had. */
  release(node: string, deliveryIds: readonly string[], now: number): Promise<void>;
  /**
   * Gives back deliveries that found no room in their lane's window. What comes for the lane queues behind them, for this
   * node to refill from.
   */
  requeue(node: string, deliveryIds: readonly string[], now: number): Promise<void>;
  /** Ends the terms of lanes, for any node to take them. Those whose term has ended before stay as they are. */
  relinquish(node: string, lanes: readonly OwnedLane[]): Promise<void>;
}

export interface TargetStore {
  /** Webhooks as they are now, also those that are gone; deleted ones are left out. */
  loadWebhooks(ids: readonly string[]): Promise<Webhook[]>;
}

/** All that carrying out deliveries asks of the store. */
export interface LaneStore extends IntakeStore, LedgerStore, TargetStore {}

/** Test deliveries, which are sent by who stores them. */
export interface TestStore extends ResultStore {
  /** Stores a test event with its delivery, leased to this node; the caller sends it. */
  insertTest(node: string, event: Event, webhookId: string): Promise<Delivery>;
}

export interface AttemptResult {
  readonly attempt: Attempt;
  readonly delivery: {
    readonly state: DeliveryState;
    /** Set when state is pending. */
    readonly nextAttemptAt: number | null;
    /** Failures so far that count against the retry schedule. */
    readonly failures: number;
  };
  readonly webhook: WebhookEffect;
}

type DeliveryState = Delivery['state'];

export interface Recorded {
  /** Whether operational events have deliveries that were left in the store and are due. */
  readonly waiting: boolean;
}

/** Why and until when a webhook is stopped. */
export interface StatusChange {
  readonly status: 'paused' | 'disabled' | 'gone';
  readonly reason: StatusReason;
  /** {@link Webhook.statusUntil} */
  readonly until: number | null;
  /** It was stopped for the same reason before, and tried again. */
  readonly again: boolean;
}

/** What an attempt means for its webhook. */
export interface WebhookEffect {
  readonly failures: 'reset' | 'increment' | 'keep';
  readonly goneAnswers: 'reset' | 'increment' | 'keep';
  readonly change: StatusChange | null;
}
