export type * from './accounts.ts';
export type * from './housekeeping.ts';
export type * from './jobs.ts';
export type * from './lanes.ts';
export type * from './log.ts';
export type * from './nodes.ts';
export type * from './publish.ts';
export type * from './statistics.ts';
export type * from './webhooks.ts';

import type { AccountStore, CallerStore, SessionStore, SettingsStore } from './accounts.ts';
import type { HousekeepingStore } from './housekeeping.ts';
import type { JobStepStore, JobStore } from './jobs.ts';
import type { LaneStore, TestStore } from './lanes.ts';
import type { FeedStore, LogStore, ReplayStore } from './log.ts';
import type { MembershipStore } from './nodes.ts';
import type { PublishStore } from './publish.ts';
import type { CountStore, StatisticsStore } from './statistics.ts';
import type { WebhookStore } from './webhooks.ts';

/**
 * What the server asks of its store. Every method is one transaction and takes and returns plain data, so a store may
 * live in another thread or on another machine. A method that changes something has done so durably when it resolves.
 *
 * @throws {StoreError} from every method.
 */
export interface Store
  extends AccountStore,
    CallerStore,
    SessionStore,
    SettingsStore,
    WebhookStore,
    PublishStore,
    LaneStore,
    TestStore,
    LogStore,
    ReplayStore,
    FeedStore,
    CountStore,
    StatisticsStore,
    JobStore,
    JobStepStore,
    MembershipStore,
    HousekeepingStore {
  /** Creates or updates the tables; idempotent. Returns the names of the migrations that it made. */
  migrate(): Promise<string[]>;
  /** Stores a text under a name unless there is one; returns the one that is stored. */
  remember(name: string, text: string): Promise<string>;
  /** The latest end of a lease, or the time at which the last node left; null: there was none. */
  lastSeen(): Promise<number | null>;
  /** Waits for calls under way; later ones are refused. */
  close(): Promise<void>;
}
