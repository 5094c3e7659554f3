import type { Generated, Insertable, Kysely, Selectable, Transaction } from 'kysely';

/**
 * The tables. Both dialects keep the same types: times as integers (Unix milliseconds), booleans as 0 and 1, JSON as
 * text, so that no row needs a dialect's own conversion.
 */
export interface Tables {
  organizations: { id: string; name: string; created_at: number };
  api_keys: {
    id: string;
    organization_id: string;
    name: string;
    scopes: string;
    hash: string;
    preview: string;
    created_at: number;
    last_used_at: number | null;
    revoked_at: number | null;
    /** Who made it: the id of an API key or session, or `root`. Null: not recorded. */
    made_by: string | null;
    /** The API key or portal link that it ends with. Null: the operator made it. */
    parent: string | null;
  };
  /** Portal links, and the sessions of the dashboard. */
  sessions: {
    /** SHA-256 of the token, hex. */
    hash: string;
    id: string;
    /** `link`, or what a session was signed in with: `portal`, `api_key`. */
    kind: string;
    organization_id: string;
    /** The key that it was signed in with or made by; it ends with the key. Null: the operator made the link. */
    api_key_id: string | null;
    /** The hash of the link that a session came by; null: it did not. */
    link: string | null;
    scopes: string;
    /** Of a link: what it says of the theme. Its sessions do not repeat it, as it may hold an image. */
    theme: string | null;
    /** Of a link: how long its sessions last. */
    session_ms: number | null;
    created_at: number;
    expires_at: number;
    /** When it is of no more use: of a link, when the last of its sessions has ended, and never once it made a key or link. */
    kept_until: number;
    /** Of a link: as of an API key. */
    made_by: string | null;
    parent: string | null;
    /** Of a link: 1 if it signs in once. */
    single_use: Generated<number>;
    /** Of a link: when it last signed in. */
    used_at: number | null;
  };
  provider_settings: { organization_id: string; provider: string; settings: string; updated_at: number };
  webhooks: {
    id: string;
    organization_id: string;
    provider: string;
    name: string | null;
    description: string | null;
    url: string;
    events: string;
    format: string;
    platform: string;
    external_id: string | null;
    rest_hook: number;
    acknowledges: Generated<number>;
    /** 1: it ends with a test that somebody runs. */
    listener: Generated<number>;
    /** What makes two REST hooks the same; null for other webhooks and for those gone or deleted. Unique. */
    subscription: string | null;
    rate_limit: string | null;
    retry: string | null;
    /** What an event's data must satisfy; null: every event goes. */
    filter: string | null;
    ordering: Generated<string>;
    sealed: string;
    status: string;
    status_reason: string | null;
    /** When its status ends by itself. */
    status_until: Generated<number | null>;
    /** Of a REST hook that ended: the one that replaces it and takes over what waits. */
    heir: Generated<string | null>;
    consecutive_failures: number;
    gone_answers: number;
    revision: number;
    created_at: number;
    updated_at: number;
  };
  /** Events whose fan-out is not complete: it goes on with the webhooks after `after`. */
  fan_outs: { event_id: string; organization_id: string; after: string; stepped_at: number };
  /** Which live webhooks want which event types: what fan-out reads. */
  subscriptions: { organization_id: string; provider: string; event_type: string; webhook_id: string };
  /**
   * The store's side of each webhook's lane: whether and when it has deliveries that nobody holds.
   */
  lanes: {
    webhook_id: string;
    /**
     * `open`: deliveries may be claimed. `closed`: they are held. `discarding`: the webhook is gone and what it had
     * pending is being discarded. `ended`: that is done.
     */
    state: string;
    /** When its first unleased delivery is due, or an earlier time; null: it has none. */
    due_at: number | null;
    /** The node that alone sends to the webhook; null: nobody does. */
    owner: string | null;
    /** How often it was assigned to a node. */
    term: Generated<number>;
    /** 1: the owner knows that there is more in the store, and everything new queues behind that. */
    backlogged: Generated<number>;
    /** One of 256: which node takes the lane when it is free is decided by slots. */
    slot: Generated<number>;
    /** When its last owner left in the middle of its work; null: it was at rest. */
    left_at: Generated<number | null>;
    /** As the webhook's. The deliveries of a `fifo` lane are held by its owner alone. */
    ordering: Generated<string>;
  };
  events: {
    id: string;
    organization_id: string;
    provider: string;
    type: string;
    test: number;
    occurred_at: number;
    created_at: number;
    data: string;
  };
  deliveries: {
    id: string;
    event_id: string;
    webhook_id: string;
    organization_id: string;
    test: number;
    state: string;
    attempts: number;
    failures: number;
    next_attempt_at: number | null;
    /** The node that holds it in memory. */
    owner: string | null;
    created_at: number;
    completed_at: number | null;
  };
  attempts: {
    id: string;
    delivery_id: string;
    event_id: string;
    webhook_id: string;
    organization_id: string;
    event_type: string;
    test: number;
    number: number;
    started_at: number;
    duration_ms: number;
    status_code: number | null;
    error: string | null;
    request: string;
    response: string | null;
    outcome: string;
  };
  idempotency_keys: {
    organization_id: string;
    key: string;
    hash: string;
    answer: string;
    created_at: number;
  };
  /** Work on many deliveries, done in steps. */
  jobs: {
    id: string;
    organization_id: string;
    kind: string;
    /** The one webhook it is for; null: any of the organization. */
    webhook_id: string | null;
    status: string;
    /** The same for the same request. */
    fingerprint: string;
    selection: string;
    /** Where its next step begins. */
    position: string;
    /** Deliveries that were on their way when a backlog was to be discarded, and so are no part of it. */
    spared: string;
    examined: number;
    affected: number;
    created_at: number;
    /** When it made its last step, so that running jobs take turns. */
    stepped_at: number;
    completed_at: number | null;
  };
  /** How the live attempts of a webhook went that began within an hour; `hour` is when that began. */
  webhook_hours: { webhook_id: string; hour: number; delivered: number; failed: number; throttled: number };
  /** 1: it delivers; 0: it serves the API alone. */
  nodes: { id: string; alive_until: number; delivers: Generated<number> };
  /** What the server remembers of itself, such as which encryption key it works with. */
  notes: { name: string; text: string };
}

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;
export type Row<Name extends keyof Tables> = Selectable<Tables[Name]>;
export type NewRow<Name extends keyof Tables> = Insertable<Tables[Name]>;
