import type Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../../src/ids.ts';
import type { Webhook } from '../../../src/model.ts';
import { openDatabase, sqliteStore } from '../../../src/store/sqlite/database.ts';
import { becoming, delivered, exhausted } from '../conformance/results.ts';
import { Simulation } from '../conformance/simulation/simulation.ts';
import { day, now, World } from '../conformance/world.ts';
import { freshFile, openTables } from './support.ts';

/** How SQLite looks up what the store asks for: every query the store makes while all of its methods are used. */

let world: World;
/** What it takes to record the success of a webhook that is well. */
let success: string[];
let plans: { readonly query: string; readonly steps: string }[];

beforeAll(async () => {
  const file = freshFile();
  const database = openDatabase(file);
  const store = sqliteStore(database);
  await store.migrate();
  world = new World({ store, tables: openTables(file) });
  await world.clear();
  const queries = record(database);
  const simulation = new Simulation(world, 1);
  await simulation.start();
  for (let step = 0; step < 500; step += 1) await simulation.step();
  await simulation.settle();
  await world.sweep({ eventsMs: 0, attemptsPerWebhook: 1, idempotencyMs: 0 }, simulation.now + day);
  await stopOne();
  await readEverything();
  success = await queriesOfSuccess(database);
  plans = [...queries].map(([query, sql]) => ({ query, steps: explain(database, sql) }));
});
afterAll(() => world.close());

/** Keeps every kind of query that is made from now on, with one of its texts. */
function record(database: Database.Database): ReadonlyMap<string, string> {
  const queries = new Map<string, string>();
  const prepare = database.prepare.bind(database);
  database.prepare = ((sql: string) => {
    if (/^(select|insert|update|delete)/.test(sql)) queries.set(shortened(sql), sql);
    return prepare(sql);
  }) as typeof database.prepare;
  return queries;
}

/** A webhook that is disabled, which is reported. */
async function stopOne(): Promise<void> {
  const work = await world.give(await world.webhook(), 'node');
  await world.store.record(
    'node',
    work.map((each) => exhausted(each, becoming('disabled'))),
    now,
  );
}

async function queriesOfSuccess(database: Database.Database): Promise<string[]> {
  const webhook = await world.webhook();
  const [work] = await world.give(webhook, 'node');
  if (!work) throw new Error('The webhook has no delivery.');
  const queries = record(database);
  // A store that has prepared nothing yet prepares all it asks.
  await sqliteStore(database).record('node', [delivered(work)], now);
  return [...queries.keys()];
}

/** A query without its quotes, with every list of parameters as one. */
function shortened(sql: string): string {
  return sql
    .replaceAll('"', '')
    .replaceAll(/\(\?(, \?)*\)/g, '(?)')
    .replaceAll(/(\(\?\), )+/g, '')
    .replaceAll(/(\(cast[^()]*\(.*?\)\), )+(?=\(cast)/g, '');
}

/** The plan holds for any parameters (where a value decides, it stands in the query) and for lists as long as they get. */
function explain(database: Database.Database, sql: string): string {
  const long = Array.from({ length: 500 }, () => '?').join(', ');
  const query = sql.replaceAll(/ in \(\?(, \?)*\)/g, ` in (${long})`);
  const parameters = Array.from(query.matchAll(/\?/g), () => 'any');
  const rows = database.prepare(`explain query plan ${query}`).all(parameters) as { detail: string }[];
  return rows.map(({ detail }) => detail).join('\n');
}

async function readEverything(): Promise<void> {
  const { store, home } = world;
  const page = { limit: 10, cursor: 'x' };
  await store.listOrganizations(page);
  await store.listApiKeys(home, page);
  await store.findApiKey('hash');
  await store.revokeApiKey(home, 'key', now);
  await store.touchApiKeys(['key'], now);
  await store.findSession('hash');
  await store.findPortalLink('hash');
  await store.getPortalTheme('hash');
  await store.deleteSession('hash');
  await makeAndRevoke();
  await store.getSettings(home, 'salpre');
  await store.putSettings(home, 'salpre', '{}', now);
  await store.remember('note', 'text');
  await store.loadWebhooks(['a', 'b']);
  await store.listWebhooks(home, { provider: 'salpre', status: 'active' }, page);
  await store.listWebhooks(home, {}, { limit: 10 });
  await store.listEvents(home, {}, page);
  await store.listEvents(home, { provider: 'salpre', type: 'a', tests: false }, page);
  await world.publish(['a', 'b'].map((type) => world.eventFor(world.newWebhook(), { type })));
  await store.listEvents(home, { provider: 'salpre' }, page);
  await store.listEvents(home, { type: 'a' }, { limit: 10 });
  await store.getEvent(home, 'event');
  await store.listAttempts(home, 'webhook', page);
  await store.listDeliveries(home, 'webhook', page);
  await store.listDeliveriesOfEvent(home, 'event');
  await readAttempts();
  await store.getDelivery(home, 'delivery');
  await store.listAttemptsOfDeliveries(['a', 'b']);
  await store.lastAttempts(['a', 'b']);
  await store.newestAttempts('webhook', 100);
  await store.getAttempts(home, ['a', 'b']);
  await countAndPrune();
  await store.fetch('node', { ids: ['a', 'b'] });
  await store.fetch('node', { eventIds: ['a', 'b'] });
  await store.relinquish('node', [{ webhookId: 'a', term: 1, leftAt: now }]);
  await store.expire(['node'], now - day, now);
  await useJobs();
  await endAndBeginAgain();
}

/** Attempts, of which one is read in full. */
async function readAttempts(): Promise<void> {
  const { store, home } = world;
  const webhook = await world.webhook();
  const work = await world.give(webhook, 'node', 2);
  await store.record(
    'node',
    work.map((each) => delivered(each)),
    now,
  );
  await store.listAttempts(home, webhook.id, { limit: 10, cursor: 'x' });
  await store.listAttemptsOfDeliveries(
    work.map(({ delivery }) => delivery.id),
    1,
  );
}

/** Keys, links and sessions that were made with others. */
async function makeAndRevoke(): Promise<void> {
  const { store, home } = world;
  const made = { organizationId: home, scopes: [], createdAt: now, madeBy: 'root' };
  const key = { ...made, name: '', preview: '', lastUsedAt: null };
  const session = { ...made, apiKeyId: null, expiresAt: now };
  const link = { ...session, theme: {}, singleUse: true, usedAt: null, sessionMs: 0 };
  await store.insertApiKey({ ...key, id: 'key_a', hash: 'a', parentId: null });
  await store.insertPortalLink({ ...link, id: 'lnk_a', hash: 'b', parentId: 'key_a' });
  await store.insertApiKey({ ...key, id: 'key_b', hash: 'c', parentId: 'lnk_a' });
  await store.insertSession({ ...session, id: 'ses_a', kind: 'portal', hash: 'd', linkId: 'lnk_a', link: 'b' });
  await store.listPortalLinks(home, { limit: 10, cursor: 'x' });
  await store.revokePortalLink(home, 'lnk_b', now);
  await store.revokeApiKey(home, 'key_a', now);
}

/** A REST hook that its platform edits, and statuses that end by themselves. */
async function endAndBeginAgain(): Promise<void> {
  const { store, home } = world;
  const hook = world.newWebhook({ restHook: true, platform: 'n8n', externalId: 'workflow' });
  const subscribe = (differences: Partial<Webhook>) =>
    world.subscribe({ ...hook, id: newId('webhook'), ...differences }, false);
  const until = now + day;
  for (const url of [hook.url, hook.url, 'https://example.com/moved']) {
    const { id } = await subscribe({ url });
    await world.queue({ ...hook, id });
    await store.unsubscribe(home, id, { message: 'Unsubscribed.', until }, now);
  }
  await subscribe({});
  for (let count = 0; count < 2; count += 1) await subscribe({ listener: true, statusUntil: until });
  await world.sweep();
  await world.sweep({}, until);
}

/** Counts of now, and of an hour that is kept no longer. */
async function countAndPrune(): Promise<void> {
  const { store, home } = world;
  const counts = { delivered: 1, failed: 0, throttled: 0 };
  const webhookIds = ['a', 'b', 'c'];
  const hours = webhookIds.flatMap((webhookId) => [0, now].map((hour) => ({ webhookId, hour, ...counts })));
  await store.addCounts(hours);
  await store.countsOf(home, webhookIds, now);
  await world.sweep();
}

/** Every kind of job, from its creation to its end. */
async function useJobs(): Promise<void> {
  const { store, home } = world;
  await store.listJobs(home, { status: 'running', webhookId: 'webhook' }, { limit: 10, cursor: 'x' });
  await store.listJobs(home, {}, { limit: 10 });
  await store.getJob(home, 'job');
  const webhook = await world.webhook();
  const [ended = ''] = await world.queue(webhook, 3);
  await store.backlog(webhook.id, 10);
  await world.pause(webhook);
  await world.finish(await world.createJob({ kind: 'discard', webhookId: webhook.id }));
  await world.resume(webhook);
  const selection = { since: 0, event: webhook.events[0] ?? '', outcomes: ['discarded'] as const };
  const idempotencyKey = 'key';
  await world.finish(await world.createJob({ kind: 'replay', selection }, { idempotencyKey }));
  await world.createJob({ kind: 'replay', selection }, { idempotencyKey });
  const named = await world.createJob({ kind: 'replay', selection: { ids: [ended] } });
  await world.refuseJob({ kind: 'discard', webhookId: webhook.id }, { idempotencyKey: 'other' });
  await world.finish(named);
  await store.cancelJob(home, named.id, now);
}

/** The steps of the plans of every query that looks like this. */
function plansOf(pattern: RegExp): string[] {
  const found = plans.filter(({ query }) => pattern.test(query)).map(({ steps }) => steps);
  if (found.length === 0) throw new Error(`No query looks like ${pattern}.`);
  return found;
}

test('no query walks over a table', () => {
  const small = [
    /SCAN nodes/,
    /SCAN jobs USING INDEX jobs_running/,
    // Whether there is any; and the first that no other of its organization precedes.
    /SCAN fan_outs USING (COVERING )?INDEX/,
    // What a backlog's two look-ups came to, a row each, and the ids that the first one counts.
    /SCAN (some|counted|held)$/,
    /SCAN lanes USING COVERING INDEX lanes_discarding/,
    /SCAN \d+-ROW VALUES CLAUSE/,
    /SCAN (\d+ )?CONSTANT ROWS?/,
    /SCAN (outcome|noted|wanted|ended)/,
    // What came out of the look-ups before it, to be numbered.
    /SCAN \(subquery-\d+\)/,
  ];
  const walks = plans.filter(({ steps }) =>
    steps.split('\n').some((step) => /^SCAN/.test(step) && !small.some((each) => each.test(step))),
  );
  expect(walks).toEqual([]);
});

test('nothing is sorted but the deliveries of one event, and those that a node takes, by their events', () => {
  const sorts = plans.filter(({ steps }) => steps.includes('TEMP B-TREE')).map(({ query }) => query);
  expect(sorts.toSorted()).toEqual([
    expect.stringMatching(/partition by deliveries\.event_id .* where deliveries\.id in \(\?\)$/),
    expect.stringMatching(/partition by deliveries\.event_id .* where deliveries\.event_id in \(\?\) and/),
    expect.stringMatching(/partition by deliveries\.event_id .* where deliveries\.id in \(\?\) and/),
    expect.stringContaining('deliveries.event_id = ? order by deliveries.id'),
  ]);
});

test('the success of a webhook that is well is written down, and nothing else is asked', () => {
  expect(success).toEqual([
    expect.stringMatching(/^insert into attempts /),
    expect.stringMatching(/^update deliveries set state = /),
  ]);
});

describe('the index that each query is made for', () => {
  test.each([
    [
      'statistics: the hours of webhooks',
      /from webhooks left join webhook_hours/,
      'webhook_hours USING INDEX sqlite_autoindex_webhook_hours_1 (webhook_id=? AND hour>?)',
    ],
    [
      'sweep: the oldest hour',
      /^select hour from webhook_hours where hour < /,
      'webhook_hours USING COVERING INDEX webhook_hours_by_hour (hour<?)',
    ],
    [
      'live log: the newest attempts',
      /^select id from attempts where webhook_id = \? order by id desc/,
      'attempts USING COVERING INDEX attempts_by_webhook (webhook_id=?)',
    ],
    [
      'publish: who wants the event',
      / as wanted.* inner join subscriptions/,
      'subscriptions USING COVERING INDEX sqlite_autoindex_subscriptions_1 (organization_id=? AND provider=? AND event_type=?)',
    ],
    [
      'claim: a node’s own lanes that are due',
      /^select webhook_id, .* from lanes where .* owner = \? .* due_at <= /,
      'lanes USING INDEX lanes_due_owned (owner=? AND due_at>? AND due_at<?)',
    ],
    [
      'claim: free lanes that are due',
      /^select webhook_id, .* from lanes where .* owner is null .* due_at <= /,
      'lanes USING INDEX lanes_due (due_at',
    ],
    [
      'claim: when the next of its own lanes is due',
      /^select \(select due_at from lanes where .* owner = /,
      'lanes USING INDEX lanes_due_owned (owner=? AND due_at>?)',
    ],
    [
      'claim: when the next free lane is due',
      /^select \(select .* from lanes where .* owner is null/,
      'lanes USING INDEX lanes_due (due_at>?)',
    ],
    [
      'publish, refill: lanes by their webhooks',
      /^select webhook_id, .* from lanes where webhook_id in .* order by webhook_id$/,
      'lanes USING INDEX sqlite_autoindex_lanes_1 (webhook_id=?)',
    ],
    [
      'publish: lanes that are assigned',
      /^update lanes set owner = \?, term = term \+ 1 where webhook_id in/,
      'lanes USING INDEX sqlite_autoindex_lanes_1 (webhook_id=?)',
    ],
    [
      'fetch: deliveries by their events',
      /^select deliveries\.\*, .* where deliveries\.event_id in/,
      'deliveries USING INDEX deliveries_by_event (event_id=?)',
    ],
    [
      'fetch: deliveries by their ids',
      /^select deliveries\.\*, .* where deliveries\.id in/,
      'deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)',
    ],
    [
      'fetch: their lanes',
      /^select deliveries\.\*, .* left join lanes/,
      'lanes USING INDEX sqlite_autoindex_lanes_1 (webhook_id=?)',
    ],
    [
      'holdings: deliveries',
      /^select id from deliveries where owner = /,
      'deliveries USING INDEX deliveries_owned (owner=?)',
    ],
    [
      'holdings: lanes',
      /^select lanes\.webhook_id, .* where lanes\.owner = /,
      'lanes USING INDEX lanes_owned (owner=?)',
    ],
    [
      'relinquish: lanes by their webhooks',
      /^update lanes set owner .* from \(values .*as ended where/,
      'lanes USING INDEX sqlite_autoindex_lanes_1 (webhook_id=?)',
    ],
    [
      'requeue: lanes by their webhooks',
      /^update lanes set backlogged .* where webhook_id in .* coalesce/,
      'lanes USING INDEX sqlite_autoindex_lanes_1 (webhook_id=?)',
    ],
    [
      'claim: the first deliveries of a lane',
      /^select id, webhook_id, next_attempt_at from deliveries where .* order by next_attempt_at/,
      'deliveries USING INDEX deliveries_waiting (webhook_id=?)',
    ],
    [
      'claim: the first deliveries of a lane in order',
      /^select id, webhook_id, next_attempt_at from deliveries where state .* order by id/,
      'deliveries USING INDEX deliveries_in_order (webhook_id=?)',
    ],
    [
      'claim: whether one of a lane in order is on its way',
      /^select webhook_id from deliveries where owner in/,
      'INDEX deliveries_owned (owner=? AND webhook_id=?)',
    ],
    [
      'record: deliveries by their ids',
      /^update deliveries set state = \?, attempts .* id in /,
      'deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)',
    ],
    [
      'record: deliveries that each have an outcome of their own',
      /^update deliveries set state = outcome/,
      'deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)',
    ],
    [
      'record: who wants a report',
      /^select webhook_id from subscriptions/,
      'subscriptions USING COVERING INDEX sqlite_autoindex_subscriptions_1 (organization_id=? AND provider=? AND event_type=?)',
    ],
    [
      'record: the webhooks that reports are about',
      /^select \* from webhooks where id in \(\?\)$/,
      'webhooks USING INDEX sqlite_autoindex_webhooks_1 (id=?)',
    ],
    [
      'record: failures in a row',
      /^update webhooks set consecutive_failures .* where id = \? returning/,
      'webhooks USING INDEX sqlite_autoindex_webhooks_1 (id=?)',
    ],
    [
      'release: deliveries by their ids',
      /^update deliveries set owner .* id in .* returning/,
      'INDEX sqlite_autoindex_deliveries_1 (id=?)',
    ],
    [
      'take over: deliveries by who holds them',
      /^select id from deliveries where owner in \(\?\)$/,
      'deliveries_owned (owner=?)',
    ],
    ['expire: lanes by their owner', /^select webhook_id from lanes where owner in/, 'lanes_owned (owner=?)'],
    [
      'log: events of an organization',
      /^select id, octet_length\(data\) as bytes from events where organization_id = \? and id </,
      'events USING INDEX events_by_organization (organization_id=? AND id<?)',
    ],
    [
      'log: events of a type',
      /^select id, octet_length.* from events .* type = /,
      'events USING INDEX events_by_type (organization_id=? AND provider=? AND type=? AND id<?)',
    ],
    [
      'log: the types of a provider, one after the other',
      /^select type as value from events/,
      'events USING COVERING INDEX events_by_type (organization_id=? AND provider=? AND type>?)',
    ],
    [
      'log: the providers, one after the other',
      /^select provider as value from events/,
      'events USING COVERING INDEX events_by_type (organization_id=? AND provider>?)',
    ],
    [
      'log: the newest of a kind',
      /^select id from events where organization_id/,
      'events USING COVERING INDEX events_by_type (organization_id=? AND provider=? AND type=?',
    ],
    [
      'log: attempts of a webhook',
      /^select id, octet_length.* from attempts where webhook_id/,
      'attempts USING INDEX attempts_by_webhook (webhook_id=? AND id>? AND id<?)',
    ],
    [
      'log: deliveries of a webhook',
      /deliveries\.webhook_id = \? .*order by deliveries\.id desc/,
      'deliveries USING INDEX deliveries_by_webhook (webhook_id=?',
    ],
    [
      'subscribe: hooks that ended at this URL',
      /^select id, events from webhooks where .* and url = \?/,
      'webhooks USING INDEX webhooks_ending_by_url (organization_id=? AND url=?)',
    ],
    [
      'subscribe: hooks that ended for this workflow',
      /^select id, events from webhooks where .* and external_id = \?/,
      'webhooks USING INDEX webhooks_ending_by_subject (organization_id=? AND external_id=?)',
    ],
    [
      'subscribe: whose heirs they were',
      /^update webhooks set heir = \? where/,
      'webhooks USING INDEX webhooks_by_heir (heir=?)',
    ],
    [
      'subscribe: earlier listeners',
      /^select id from webhooks where .* and listener = \?/,
      'webhooks USING INDEX webhooks_ending_by_url (organization_id=? AND url=?)',
    ],
    [
      'sweep: what waits for a hook that ended',
      /^select deliveries\.id from deliveries inner join events .* deliveries\.state = 'pending'/,
      'deliveries USING INDEX deliveries_in_order (webhook_id=?)',
    ],
    [
      'sweep: hooks that ended and have an heir',
      /^select id, heir from webhooks where status_until is not null/,
      'deliveries EXISTS USING INDEX deliveries_in_order (webhook_id=?)',
    ],
    [
      'sweep: statuses that end',
      /from webhooks where status_until <= \?/,
      'webhooks USING INDEX webhooks_ending_by_until (status_until<?)',
    ],
    [
      'log: deliveries of an event',
      /deliveries\.event_id = \?/,
      'deliveries USING INDEX deliveries_by_event (event_id=?)',
    ],
    [
      'log: attempts of deliveries',
      /^select id, octet_length.* from attempts where delivery_id in \(\?\)$/,
      'attempts USING INDEX attempts_by_delivery (delivery_id=?)',
    ],
    [
      'log: the sizes of events',
      /^select id, octet_length.* from events where id in/,
      'events USING INDEX sqlite_autoindex_events_1 (id=?)',
    ],
    ['log: events', /^select \* from events where id in/, 'events USING INDEX sqlite_autoindex_events_1 (id=?)'],
    [
      'log: attempts',
      /^select \* from attempts where id in/,
      'attempts USING INDEX sqlite_autoindex_attempts_1 (id=?)',
    ],
    [
      'log: attempts without what was sent',
      /^select id, delivery_id, .* from attempts where id in/,
      'attempts USING INDEX sqlite_autoindex_attempts_1 (id=?)',
    ],
    ['log: last attempts', /max\(id\)/, 'attempts USING COVERING INDEX attempts_by_delivery (delivery_id=?)'],
    [
      'webhooks of an organization',
      /^select \* from webhooks where organization_id = \? and status != \? and id|^select \* from webhooks where organization_id = \? .* order by/,
      'webhooks USING INDEX webhooks_by_organization (organization_id=?',
    ],
    [
      'the webhook of a subscription',
      /^select \* from webhooks where subscription/,
      'webhooks USING INDEX sqlite_autoindex_webhooks_2 (subscription=?)',
    ],
    [
      'sweep: what is to be discarded',
      /^select id from deliveries where webhook_id = \? and state = 'pending' and owner is null limit/,
      'deliveries USING INDEX deliveries_in_order (webhook_id=?)',
    ],
    [
      'sweep: the oldest events',
      /^select id, created_at from events/,
      'events USING INDEX sqlite_autoindex_events_1 (id>?)',
    ],
    [
      'sweep: their deliveries',
      /^select id, webhook_id, state from deliveries where event_id/,
      'deliveries USING INDEX deliveries_by_event (event_id=?)',
    ],
    [
      'session: by its hash',
      /^select sessions\.\*, .* from sessions .* sessions\.kind != /,
      'sessions USING INDEX sqlite_autoindex_sessions_1 (hash=?)',
    ],
    [
      'session: the key that it ends with',
      /^select sessions\.\*, .* left join api_keys/,
      'api_keys USING INDEX sqlite_autoindex_api_keys_1 (id=?)',
    ],
    [
      'session: the link that it ends with',
      /^select sessions\.\*, .* left join sessions as links/,
      'links USING INDEX sqlite_autoindex_sessions_1 (hash=?)',
    ],
    ['session: the link it comes by', /^update sessions set used_at/, 'sqlite_autoindex_sessions_1 (hash=?)'],
    [
      'links: of an organization',
      /^select \* from sessions where organization_id/,
      'sessions_links (organization_id=? AND id<?)',
    ],
    [
      'links: kept for what they made',
      /^update sessions set kept_until/,
      'sessions_links (organization_id=? AND id=?)',
    ],
    [
      'links: one that is revoked',
      /^delete from sessions where organization_id/,
      'sessions_links (organization_id=? AND id=?)',
    ],
    ['links: made with others', /^delete from sessions where parent in/, 'sessions_by_parent (parent=?)'],
    ['keys: made with others', /^update api_keys .* where parent in/, 'api_keys_by_parent (parent=?)'],
    [
      'sweep: sessions that have ended',
      /^delete from sessions where hash in \(select/,
      'sessions USING INDEX sessions_by_end (kept_until<?)',
    ],
    ['sweep: old idempotency keys', /from idempotency_keys where created_at/, 'idempotency_keys_by_age (created_at<?)'],
    [
      'backlog: what waits',
      /count\(\*\).* from \(select id from deliveries/,
      'deliveries USING INDEX deliveries_in_order (webhook_id=?)',
    ],
    [
      'backlog: what nodes hold',
      /count\(\*\).* from deliveries where owner in/,
      'deliveries USING COVERING INDEX deliveries_owned (owner=? AND webhook_id=?)',
    ],
    [
      'job: whose turn it is',
      /^select \* from jobs where status = 'running' order by/,
      'jobs USING INDEX jobs_running',
    ],
    [
      'job: those of an organization that run',
      /^select \* from jobs where organization_id = \? and status = 'running'$/,
      'jobs USING INDEX jobs_running_by_organization (organization_id=?)',
    ],
    [
      'job: jobs of an organization',
      /^select \* from jobs where organization_id = \? .*order by/,
      'jobs USING INDEX jobs_by_organization (organization_id=?',
    ],
    [
      'job: the next deliveries of a webhook',
      /^select \* from deliveries where webhook_id = \? and id > \? and id <= \? order by id/,
      'deliveries USING INDEX deliveries_by_webhook (webhook_id=? AND id>? AND id<?)',
    ],
    [
      'job: the next that wait',
      /^select \* from deliveries where webhook_id = \? and id > \? and id <= \? and state = 'pending'/,
      'deliveries USING INDEX deliveries_in_order (webhook_id=? AND id>? AND id<?)',
    ],
    [
      'job: the last delivery of a webhook',
      /^select id from deliveries where webhook_id = \? order by id desc/,
      'deliveries USING COVERING INDEX deliveries_by_webhook (webhook_id=?)',
    ],
    [
      'job: the next webhooks of an organization',
      /^select id, status, provider, heir from webhooks where organization_id/,
      'webhooks USING INDEX webhooks_by_organization (organization_id=? AND id>?)',
    ],
    [
      'job: deliveries by their ids',
      /^update deliveries set webhook_id = \?, state = \?, failures .* returning webhook_id/,
      'deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)',
    ],
    [
      'job: what is dropped, by its ids',
      /^update deliveries set state = \?, next_attempt_at .* id in .* returning webhook_id/,
      'deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)',
    ],
    [
      'sweep: jobs that ended',
      /^delete from jobs where id in \(select/,
      'jobs USING INDEX jobs_ended (completed_at<?)',
    ],
    [
      'sweep: webhooks that were deleted',
      /^select id, updated_at from webhooks where status = 'deleted'/,
      'webhooks USING COVERING INDEX webhooks_deleted',
    ],
    [
      'sweep: old attempts',
      /^delete from attempts where id in \(select id from attempts where webhook_id = \? order/,
      'attempts USING COVERING INDEX attempts_by_webhook (webhook_id=?)',
    ],
  ])('%s', (_, pattern, index) => {
    for (const steps of plansOf(pattern)) expect(steps).toContain(index);
  });
});
