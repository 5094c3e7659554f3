import type { Job } from '../../model.ts';
import type { JobStep } from '../contract/index.ts';
import { toJob } from '../rows.ts';
import type { NewRow, Row, Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import { heirsOf, laneDue, literal, rowsPerStep } from './support.ts';

/**
 * One step of a job examines some deliveries, changes those selected, and stores the position of the next step, in one
 * transaction: if the process ends, no delivery is skipped or changed twice.
 */

/** Bounds a step, as many webhooks can have no deliveries. */
const webhooksPerStep = 50;

/** The position of a job: an index into its ids, or a place in the deliveries of a webhook. */
type Position = { readonly next: number } | Place;

interface Place {
  readonly webhookId: string;
  /** The last delivery examined. */
  readonly after: string;
  /** The webhook's last delivery when the job reached the webhook. Later ones are ignored, so that the job ends. */
  readonly last: string;
}

/** The result of a step. */
interface Progress {
  readonly examined: number;
  /** The webhook of each changed delivery. */
  readonly webhookIds: readonly string[];
  /** Null: the job is complete. */
  readonly next: Position | null;
}

type Delivery = Row<'deliveries'>;

/** The first position of a new job, and the deliveries that it must not change. */
export async function startOf(tx: Tx, job: Job): Promise<Pick<NewRow<'jobs'>, 'position' | 'spared'>> {
  const { webhookId, selection } = job;
  const spared = job.kind === 'discard' && webhookId ? await heldOf(tx, webhookId) : [];
  // A replay begins with what the webhook's predecessors had, which are older.
  const first = job.kind === 'discard' ? (webhookId ?? '') : '';
  const position: Position = selection.ids ? { next: 0 } : await enter(tx, first);
  return { position: JSON.stringify(position), spared: JSON.stringify(spared) };
}

export async function advance(tx: Tx, row: Row<'jobs'>, now: number): Promise<JobStep> {
  const job = toJob(row);
  const position: Position = JSON.parse(row.position);
  const progress =
    'next' in position ? await stepNamed(tx, job, position.next, now) : await stepWalk(tx, row, position, now);
  // In a FIFO lane, later deliveries can have waited behind the discarded ones.
  await laneDue(tx, [...new Set(progress.webhookIds)], now);
  const stored = await tx
    .updateTable('jobs')
    .set({
      examined: job.examined + progress.examined,
      affected: job.affected + progress.webhookIds.length,
      position: JSON.stringify(progress.next ?? position),
      stepped_at: now,
      ...(progress.next ? {} : { status: 'completed', completed_at: now }),
    })
    .where('id', '=', job.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { job: toJob(stored), due: progress.webhookIds.length > 0 };
}

/** A step of a job with ids. */
async function stepNamed(tx: Tx, job: Job, next: number, now: number): Promise<Progress> {
  const named = job.selection.ids ?? [];
  const ids = named.slice(next, next + rowsPerStep);
  const rows = await inChunks(tx, ids, (some) =>
    tx.selectFrom('deliveries').selectAll().where('id', 'in', some).execute(),
  );
  const wanted = await wantedOf(tx, job, [...new Set(rows.map((row) => row.webhook_id))]);
  const replayed = rows.filter((row) => wanted.has(row.webhook_id));
  const webhookIds = await makeDue(tx, replayed, null, now);
  const end = next + ids.length;
  return { examined: ids.length, webhookIds, next: end < named.length ? { next: end } : null };
}

/** A step through the deliveries of the current webhook, and then of the next ones. */
async function stepWalk(tx: Tx, row: Row<'jobs'>, from: Place, now: number): Promise<Progress> {
  const job = toJob(row);
  const ahead = await webhooksAfter(tx, job, from.webhookId);
  const isLast = ahead.length < webhooksPerStep;
  const spared = new Set<string>(JSON.parse(row.spared));
  let place = (await wantedOf(tx, job, [from.webhookId])).has(from.webhookId) ? from : endOf(from);
  const webhookIds: string[] = [];
  let examined = 0;
  for (;;) {
    const rows = await nextAt(tx, job, place, rowsPerStep - examined);
    const open = rows.filter(({ id }) => !spared.has(id));
    examined += rows.length;
    webhookIds.push(...(await apply(tx, job, open, now)));
    const reached = rows.at(-1)?.id;
    if (examined === rowsPerStep && reached) return { examined, webhookIds, next: { ...place, after: reached } };
    const webhook = ahead.shift();
    if (!webhook) return { examined, webhookIds, next: isLast ? null : endOf(place) };
    place = isWanted(job, webhook) ? await enter(tx, webhook.id) : { webhookId: webhook.id, after: '', last: '' };
  }
}

/** The end of a webhook's deliveries. */
function endOf(place: Place): Place {
  return { ...place, after: place.last };
}

async function enter(tx: Tx, webhookId: string): Promise<Place> {
  const last = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('webhook_id', '=', webhookId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return { webhookId, after: '', last: last?.id ?? '' };
}

const candidate = ['id', 'status', 'provider', 'heir'] as const;

type Candidate = Pick<Row<'webhooks'>, (typeof candidate)[number]>;

/** In the order of their ids. Of a job for one webhook: that one and those that it replaced. */
function webhooksAfter(tx: Tx, { organizationId, webhookId: only }: Job, webhookId: string): Promise<Candidate[]> {
  return tx
    .selectFrom('webhooks')
    .select(candidate)
    .where('organization_id', '=', organizationId)
    .$if(only !== null, (query) => query.where(({ eb, or }) => or([eb('id', '=', only ?? ''), eb('heir', '=', only)])))
    .where('id', '>', webhookId)
    .orderBy('id')
    .limit(webhooksPerStep)
    .execute();
}

/**
 * True when a job applies to a webhook's deliveries. Gone and deleted webhooks are skipped, unless another replaced them: to
 * that one it is replayed.
 */
function isWanted({ kind, selection }: Job, { status, provider, heir }: Candidate): boolean {
  const ended = status === 'gone' || status === 'deleted';
  return (
    (!ended || (kind === 'replay' && heir !== null)) && (selection.provider === null || selection.provider === provider)
  );
}

async function wantedOf(tx: Tx, job: Job, ids: readonly string[]): Promise<Set<string>> {
  const webhooks = await inChunks(tx, ids, (some) =>
    tx.selectFrom('webhooks').select(candidate).where('id', 'in', some).execute(),
  );
  return new Set(webhooks.filter((webhook) => isWanted(job, webhook)).map(({ id }) => id));
}

/** A webhook's deliveries that a node holds. */
async function heldOf(tx: Tx, webhookId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('owner', 'in', (eb) => eb.selectFrom('nodes').select('id'))
    .where('webhook_id', '=', webhookId)
    .execute();
  return rows.map(({ id }) => id);
}

/** The next deliveries at a place: any for a replay, waiting ones for a discard. */
async function nextAt(tx: Tx, { kind }: Job, { webhookId, after, last }: Place, limit: number): Promise<Delivery[]> {
  if (after >= last) return [];
  const query = tx
    .selectFrom('deliveries')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('id', '>', after)
    .where('id', '<=', last)
    .orderBy('id')
    .limit(limit);
  if (kind === 'replay') return query.execute();
  return query.where('state', '=', literal.pending).where('owner', 'is', null).execute();
}

/** Returns the webhook of each delivery that was changed. */
async function apply(tx: Tx, job: Job, rows: readonly Delivery[], now: number): Promise<string[]> {
  if (job.kind === 'replay') return makeDue(tx, await selected(tx, job, rows), job.createdAt, now);
  return discard(tx, rows, now);
}

/** The deliveries that a replay selects, by their state when the job was created. */
async function selected(tx: Tx, job: Job, rows: readonly Delivery[]): Promise<Delivery[]> {
  const { since, until, outcomes, event } = job.selection;
  const matching = rows.filter(
    (row) =>
      row.test === 0 &&
      row.created_at >= (since ?? 0) &&
      row.created_at <= (until ?? job.createdAt) &&
      (outcomes ?? []).some((outcome) => outcome === row.state) &&
      (row.completed_at ?? 0) <= job.createdAt,
  );
  if (event === null) return matching;
  const events = await inChunks(
    tx,
    matching.map((row) => row.event_id),
    (ids) => tx.selectFrom('events').select(['id', 'type']).where('id', 'in', ids).execute(),
  );
  const types = new Map(events.map(({ id, type }) => [id, type]));
  return matching.filter((row) => types.get(row.event_id) === event);
}

/**
 * Makes deliveries that no node holds due now, with a fresh retry schedule. Returns the webhook of each.
 *
 * @param completedBy skips deliveries that are not complete or completed later, as their state can have changed since
 *   they were read.
 */
async function makeDue(tx: Tx, rows: readonly Delivery[], completedBy: number | null, now: number): Promise<string[]> {
  const heirs = await heirsOf(
    tx,
    rows.map((row) => row.webhook_id),
  );
  const changed: string[] = [];
  for (const [webhookId, own] of Map.groupBy(rows, (row) => heirs.get(row.webhook_id) ?? row.webhook_id)) {
    const updated = await inChunks(
      tx,
      own.map(({ id }) => id),
      (ids) =>
        tx
          .updateTable('deliveries')
          .set({ webhook_id: webhookId, state: 'pending', failures: 0, next_attempt_at: now, completed_at: null })
          .where('id', 'in', ids)
          .where('owner', 'is', null)
          .$if(completedBy !== null, (update) => update.where('completed_at', '<=', completedBy))
          .returning('webhook_id')
          .execute(),
    );
    changed.push(...updated.map((row) => row.webhook_id));
  }
  return changed;
}

/** Returns the webhook of each discarded delivery. */
async function discard(tx: Tx, rows: readonly Delivery[], now: number): Promise<string[]> {
  const changed = await inChunks(
    tx,
    rows.map(({ id }) => id),
    (ids) =>
      tx
        .updateTable('deliveries')
        .set({ state: 'discarded', next_attempt_at: null, completed_at: now })
        .where('id', 'in', ids)
        .where('state', '=', 'pending')
        .where('owner', 'is', null)
        .returning('webhook_id')
        .execute(),
  );
  return changed.map((row) => row.webhook_id);
}
