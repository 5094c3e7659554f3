import type { Scope } from '@bellhop/shared';
import type { Theme } from '@bellhop/shared/api/sessions';
import type {
  ApiKey,
  Attempt,
  Delivery,
  Event,
  HourCounts,
  Job,
  Organization,
  Page,
  PortalLink,
  Session,
  StatusReason,
  Webhook,
  Work,
} from '../model.ts';

/**
 * What the server asks of its store. Every method is one transaction and takes and returns plain data, so a store may
 * live in another thread or on another machine. A method that changes something has done so durably when it resolves.
 *
 * @throws {StoreError} from every method.
 */
export interface Store
  extends AccountStore,
    SessionStore,
    SettingsStore,
    WebhookStore,
    PublishStore,
    DeliveryStore,
    LogStore,
    StatisticsStore,
    JobStore,
    MaintenanceStore {
  /** Creates or updates the tables; idempotent. Returns the names of the migrations that it made. */
  migrate(): Promise<string[]>;
  /** Keeps a text under a name the first time; returns the one that is kept. */
  remember(name: string, text: string): Promise<string>;
  /** Waits for the calls that are under way; later ones are refused. */
  close(): Promise<void>;
}

export interface AccountStore {
  insertOrganization(organization: Organization): Promise<void>;
  getOrganization(id: string): Promise<Organization | null>;
  listOrganizations(page: Page): Promise<Organization[]>;
  insertApiKey(key: ApiKey): Promise<void>;
  /** The key with this hash, unless it is revoked. */
  findApiKey(hash: string): Promise<{ key: ApiKey; organization: Organization } | null>;
  /** @param within only keys that have no scopes but these. Default: all. */
  listApiKeys(organizationId: string, page: Page, within?: readonly Scope[]): Promise<ApiKey[]>;
  /** False when the organization has no such key, or it has other scopes than those `within`. */
  revokeApiKey(organizationId: string, id: string, now: number, within?: readonly Scope[]): Promise<boolean>;
  touchApiKeys(ids: readonly string[], now: number): Promise<void>;
}

/** Of the dashboard. What was signed in with an API key, or made by one, is not found any more once the key is revoked. */
export interface SessionStore {
  insertPortalLink(link: PortalLink): Promise<void>;
  /** Also finds one that has expired. */
  findPortalLink(hash: string): Promise<{ link: PortalLink; organization: Organization } | null>;
  /** What a portal link says of the theme, by the link's hash; null: it is not known any more. */
  getPortalTheme(hash: string): Promise<Theme | null>;
  insertSession(session: Session): Promise<void>;
  /** Also finds one that has expired. */
  findSession(hash: string): Promise<{ session: Session; organization: Organization } | null>;
  deleteSession(hash: string): Promise<void>;
}

export interface SettingsStore {
  /** What the organization set, as JSON text; null when it has set nothing. */
  getSettings(organizationId: string, provider: string): Promise<string | null>;
  putSettings(organizationId: string, provider: string, settings: string, now: number): Promise<void>;
}

export interface WebhookStore {
  insertWebhook(webhook: Webhook): Promise<void>;
  /**
   * Inserts a REST hook, or finds the one with the same organization, URL, provider and event types, makes it active
   * again and gives it this one's format, filter, platform and, unless `keepSecret` and the format is the same,
   * credentials. One that is stopped while its backlog is being discarded stays as it is.
   */
  subscribe(hook: Webhook, keepSecret: boolean, now: number): Promise<Webhook>;
  /** Also finds webhooks that are gone; not deleted ones. */
  getWebhook(organizationId: string, id: string): Promise<Webhook | null>;
  listWebhooks(organizationId: string, filter: WebhookFilter, page: Page): Promise<Webhook[]>;
  /**
   * Saves what a person sets of a webhook; its status and counters stay as they are. `stale`: it changed since this
   * revision was read. `taken`: another REST hook is the same.
   */
  updateWebhook(webhook: Webhook, now: number): Promise<'saved' | 'stale' | 'taken'>;
  /**
   * Moves a webhook between active and paused; null when the organization has none, or it is gone. One whose backlog is
   * being discarded does not become active: it is returned as it is.
   */
  setWebhookStatus(
    organizationId: string,
    id: string,
    change: { status: 'active' | 'paused'; reason: StatusReason | null },
    now: number,
  ): Promise<Webhook | null>;
  /**
   * Makes deliveries of a webhook due that wait for a later attempt, the first of them first: some at a time, as there may be
   * very many; none while they are being discarded. True when there may be more.
   */
  bringForward(organizationId: string, id: string, now: number): Promise<boolean>;
  /** `already`: it had been deleted or was gone before. */
  deleteWebhook(organizationId: string, id: string, now: number): Promise<'deleted' | 'already' | 'unknown'>;
}

export interface WebhookFilter {
  readonly provider?: string | undefined;
  readonly status?: Webhook['status'] | undefined;
  readonly platform?: Webhook['platform'] | undefined;
}

export interface PublishStore {
  /**
   * Stores events and fans them out to the webhooks that subscribe to them and whose filter they satisfy: one transaction
   * for the whole batch, one answer per request. A filter that cannot be evaluated counts as satisfied.
   */
  publish(requests: readonly PublishRequest[], options: PublishOptions): Promise<PublishResult[]>;
}

export interface PublishRequest {
  readonly organizationId: string;
  readonly idempotency: { readonly key: string; readonly hash: string } | null;
  readonly events: readonly Event[];
  /** What a repeat with the same idempotency key is answered: JSON text. */
  readonly answer: string;
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
}

export type PublishResult =
  | Stored
  /** Published before with the same key and body. */
  | { readonly kind: 'repeated'; readonly answer: string }
  /** The key was used for another body. */
  | { readonly kind: 'key_reused' };

export interface Stored {
  readonly kind: 'stored';
  /** The deliveries that this node holds now. */
  readonly work: PublishedWork[];
  /** The lanes of these, which are this node's: some have become so by it, or by what another node has just published. */
  readonly lanes: OwnedLane[];
  /** Other nodes that hold deliveries of it now. */
  readonly elsewhere: string[];
  /** How many deliveries there are. */
  readonly matched: number;
  /** Whether deliveries of the batch were left in the store and are to be claimed. */
  readonly waiting: boolean;
}

/** A lane that a node owns: it alone sends to the webhook, for as long as it keeps the lane. */
export interface OwnedLane {
  readonly webhookId: string;
  /** When the node that had it before left in the middle of its work; null: it was at rest. */
  readonly leftAt: number | null;
}

/** {@link Work} whose event is the request's event at this index. */
export interface PublishedWork extends Omit<Work, 'event'> {
  readonly eventIndex: number;
}

export interface DeliveryStore {
  /** Webhooks as they are now, also those that are gone; deleted ones are left out. */
  loadWebhooks(ids: readonly string[]): Promise<Webhook[]>;
  /**
   * Leases deliveries that are due to this node, fairly across webhooks: at most `perLane` of each of at most `lanes`
   * webhooks, those that wait longest first. It looks at lanes that the node owns and at free ones, which become its own.
   */
  claim(request: ClaimRequest): Promise<Claim>;
  /** Leases more deliveries of webhooks whose lanes this node owns. */
  refill(request: RefillRequest): Promise<Claim>;
  /** Deliveries that this node leases, with their lanes: of these events, or these themselves. Tests are left out. */
  fetch(
    node: string,
    of: { readonly eventIds: readonly string[] } | { readonly ids: readonly string[] },
  ): Promise<Fetched>;
  /** Everything that this node leases and owns, as the store knows it. Tests are left out. */
  holdings(node: string): Promise<Holdings>;
  /**
   * Records attempts and what follows from them, operational events included. Deliveries this node no longer leases stay
   * as they are. An attempt that was recorded before is left out, so a batch may be sent again when its answer got lost.
   */
  record(node: string, results: readonly AttemptResult[], now: number): Promise<Recorded>;
  /** Gives deliveries back, due at once, in the place they had. */
  release(node: string, deliveryIds: readonly string[], now: number): Promise<void>;
  /**
   * Gives back deliveries that found no room in their lane's window. What comes for the lane queues behind them, for this
   * node to refill from.
   */
  spill(node: string, deliveryIds: readonly string[], now: number): Promise<void>;
  /**
   * Gives up lanes, for others to take.
   *
   * @param leftAt now, when who comes next has to mind what was sent; null, when that does not matter any more.
   */
  giveUp(node: string, webhookIds: readonly string[], leftAt: number | null): Promise<void>;
  /** Stores a test event with its delivery, leased to this node; the caller sends it. */
  insertTest(node: string, event: Event, webhookId: string): Promise<Delivery>;
  /** Makes a delivery due now. `busy`: it is on its way already. */
  replay(organizationId: string, deliveryId: string, now: number): Promise<'replayed' | 'busy' | 'unknown'>;
}

export interface ClaimRequest {
  readonly node: string;
  /** Whose free lanes this node takes as soon as they are due; those of others only when nobody came. Default: all. */
  readonly slots?: readonly number[] | null;
  readonly lanes: number;
  readonly perLane: number;
  readonly now: number;
}

export interface RefillRequest {
  readonly node: string;
  readonly webhookIds: readonly string[];
  readonly perLane: number;
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

/** What an attempt means for its webhook. */
export interface WebhookEffect {
  readonly failures: 'reset' | 'increment' | 'keep';
  readonly goneAnswers: 'reset' | 'increment' | 'keep';
  readonly change: { readonly status: 'paused' | 'disabled' | 'gone'; readonly reason: StatusReason } | null;
}

/** A delivery as the log shows it. */
export interface LoggedDelivery extends Delivery {
  readonly eventType: string;
  readonly webhookStatus: Webhook['status'] | 'deleted';
}

export interface LogStore {
  listEvents(organizationId: string, filter: EventFilter, page: Page): Promise<Event[]>;
  getEvent(organizationId: string, id: string): Promise<Event | null>;
  /** Newest first; the last 100 of the webhook. */
  listAttempts(organizationId: string, webhookId: string, page: Page): Promise<Attempt[]>;
  /** The ids of a webhook's newest attempts, newest first: what {@link listAttempts} shows, at a small part of the cost. */
  newestAttempts(webhookId: string, limit: number): Promise<string[]>;
  /** Those of the attempts that there are, oldest first. */
  getAttempts(organizationId: string, ids: readonly string[]): Promise<Attempt[]>;
  listDeliveries(organizationId: string, webhookId: string, page: Page): Promise<LoggedDelivery[]>;
  /** At most 1,000. */
  listDeliveriesOfEvent(organizationId: string, eventId: string): Promise<LoggedDelivery[]>;
  getDelivery(organizationId: string, id: string): Promise<LoggedDelivery | null>;
  /** Attempts of deliveries, oldest first. */
  listAttemptsOfDeliveries(deliveryIds: readonly string[]): Promise<Attempt[]>;
  /** The most recent attempt of each delivery. */
  lastAttempts(deliveryIds: readonly string[]): Promise<Attempt[]>;
}

export interface EventFilter {
  readonly provider?: string | undefined;
  readonly type?: string | undefined;
  /** False: live events only. */
  readonly tests?: boolean | undefined;
}

/** Live attempts by webhook and hour, counted beside the log. */
export interface StatisticsStore {
  /** Adds to what was counted so far: all of it or, when it throws, nothing. */
  addCounts(counts: readonly HourCounts[]): Promise<void>;
  /**
   * What was counted of an organization's webhooks, in the order of the ids. Ids that the organization does not have, and
   * those of deleted webhooks, are left out.
   *
   * @param since when the first hour began that is wanted.
   */
  countsOf(organizationId: string, webhookIds: readonly string[], since: number): Promise<WebhookCounts[]>;
}

export interface WebhookCounts {
  readonly webhookId: string;
  /** The hours in which there were attempts, the oldest first. */
  readonly hours: readonly HourCounts[];
}

/** Backlogs, and jobs on many deliveries. */
export interface JobStore {
  /** Pending deliveries of a webhook, also those that nodes hold: at most so many are counted. */
  backlog(webhookId: string, most: number): Promise<Backlog>;
  /** Stores a job, unless a running one is the same. */
  createJob(job: Job, request: JobRequest): Promise<JobCreation>;
  getJob(organizationId: string, id: string): Promise<Job | null>;
  /** Newest first. */
  listJobs(organizationId: string, filter: JobFilter, page: Page): Promise<Job[]>;
  /** Ends a job that runs. Returns it as it is then, and one that had ended as it is; null: there is none. */
  cancelJob(organizationId: string, id: string, now: number): Promise<Job | null>;
  /** One small step of the running job whose last step is longest ago; null: none runs. */
  advanceJob(now: number): Promise<JobStep | null>;
}

export interface Backlog {
  readonly deliveries: number;
  /** Whether there are more than were counted. */
  readonly more: boolean;
  readonly oldestAt: number | null;
}

export interface JobRequest {
  /** The same for the same request, whenever it is made. */
  readonly fingerprint: string;
  readonly idempotencyKey: string | null;
}

export type JobCreation =
  /** It is stored and runs. */
  | { readonly kind: 'created'; readonly job: Job }
  /** The same request runs already, or came before with the same key: this is its job. */
  | { readonly kind: 'repeated'; readonly job: Job }
  /** A job that runs does the opposite. */
  | { readonly kind: 'contradicted'; readonly job: Job }
  /** As many jobs of the organization run as may. */
  | { readonly kind: 'crowded'; readonly running: number }
  /** These of the deliveries it names are none of the organization. */
  | { readonly kind: 'unknown'; readonly ids: string[] }
  /** The key was used for another request. */
  | { readonly kind: 'key_reused' };

export interface JobFilter {
  readonly status?: Job['status'] | undefined;
  readonly webhookId?: string | undefined;
}

export interface JobStep {
  /** As it is after the step. */
  readonly job: Job;
  /** Whether deliveries became due by it. */
  readonly due: boolean;
}

export interface MaintenanceStore {
  /** The clock of the store, by which leases are judged, Unix milliseconds; null: it has none of its own. */
  time(): Promise<number | null>;
  /** The latest time until which a node said it would be alive, or at which it left; null: none ever was. */
  lastSeen(): Promise<number | null>;
  /** Says that this node is alive, and whether it delivers; its leases hold until `aliveUntil`. */
  heartbeat(node: string, aliveUntil: number, delivers?: boolean): Promise<void>;
  /** The nodes that are alive at a time and deliver. */
  deliveringNodes(aliveAt: number): Promise<string[]>;
  /** Gives back, due now, what other nodes hold whose lease ended before a time. Returns how many deliveries. */
  takeOver(node: string, endedBefore: number, now: number): Promise<number>;
  /** Gives back everything this node holds but for these deliveries; it goes on. */
  giveBack(node: string, except: readonly string[], now: number): Promise<void>;
  /** Ends this node: gives back everything it holds. */
  leave(node: string, now: number): Promise<void>;
  /**
   * One small step of house-keeping; true when there is more to do.
   *
   * @param leads whether it also looks after what is no node's in particular. Default: true.
   */
  sweep(retention: Retention, now: number, leads?: boolean): Promise<boolean>;
}

export interface Retention {
  /** Attempts kept per webhook. */
  readonly attemptsPerWebhook: number;
  /** Milliseconds that complete events are kept. */
  readonly eventsMs: number;
  /** Milliseconds that idempotency keys are kept. */
  readonly idempotencyMs: number;
}
