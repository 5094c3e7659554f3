import type { Job } from '../../model.ts';
import type { JobStep } from '../contract/index.ts';
import { toJob } from '../rows.ts';
import type { NewRow, Row, Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import { laneDue, literal, rowsPerStep } from './support.ts';

/**
 * One step of a job: looks at some deliveries, changes those that the job is for, and notes where the next one begins. All
 * of it is one transaction, so whenever the process ends, no delivery is left out and none comes twice.
 */

/** Webhooks that one step looks at, as many may have no deliveries. */
const webhooksPerStep = 50;

/** Where a job goes on: at the next of the deliveries it names, or within the deliveries of a webhook. */
type Position = { readonly next: number } | Place;

interface Place {
  readonly webhookId: string;
  /** Goes on after this delivery. */
  readonly after: string;
  /** The webhook's last delivery when the job came to it. Later ones are none of its business, so it comes to an end. */
  readonly last: string;
}

/** What a step did, and where the next one begins; null: the job is done. */
interface Stride {
  readonly examined: number;
  /** The webhook of each delivery that it changed. */
  readonly webhookIds: readonly string[];
  readonly next: Position | null;
}

type Delivery = Row<'deliveries'>;

/** Where a new job begins, and what it has to leave alone. */
export async function startOf(tx: Tx, job: Job): Promise<Pick<NewRow<'jobs'>, 'position' | 'spared'>> {
  const { webhookId, selection } = job;
  const spared = job.kind === 'discard' && webhookId ? await heldOf(tx, webhookId) : [];
  const position: Position = selection.ids ? { next: 0 } : await enter(tx, webhookId ?? '');
  return { position: JSON.stringify(position), spared: JSON.stringify(spared) };
}

export async function advance(tx: Tx, row: Row<'jobs'>, now: number): Promise<JobStep> {
  const job = toJob(row);
  const position: Position = JSON.parse(row.position);
  const stride =
    'next' in position ? await stepNamed(tx, job, position.next, now) : await stepWalk(tx, row, position, now);
  // Where order is kept, later deliveries may have waited behind those that were discarded.
  await laneDue(tx, [...new Set(stride.webhookIds)], now);
  const stored = await tx
    .updateTable('jobs')
    .set({
      examined: job.examined + stride.examined,
      affected: job.affected + stride.webhookIds.length,
      position: JSON.stringify(stride.next ?? position),
      stepped_at: now,
      ...(stride.next ? {} : { status: 'completed', completed_at: now }),
    })
    .where('id', '=', job.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { job: toJob(stored), due: stride.webhookIds.length > 0 };
}

/** The next of the deliveries that a job names. */
async function stepNamed(tx: Tx, job: Job, next: number, now: number): Promise<Stride> {
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

/** The next deliveries of the webhook it stands in, and then of the webhooks behind that, unless it is for one alone. */
async function stepWalk(tx: Tx, row: Row<'jobs'>, from: Place, now: number): Promise<Stride> {
  const job = toJob(row);
  const ahead = job.webhookId ? [] : await webhooksAfter(tx, job, from.webhookId);
  const isLast = ahead.length < webhooksPerStep;
  const spared = new Set<string>(JSON.parse(row.spared));
  let place = (await wantedOf(tx, job, [from.webhookId])).has(from.webhookId) ? from : left(from);
  const webhookIds: string[] = [];
  let examined = 0;
  for (;;) {
    const rows = await look(tx, job, place, rowsPerStep - examined);
    const open = rows.filter(({ id }) => !spared.has(id));
    examined += rows.length;
    webhookIds.push(...(await apply(tx, job, open, now)));
    const reached = rows.at(-1)?.id;
    if (examined === rowsPerStep && reached) return { examined, webhookIds, next: { ...place, after: reached } };
    const webhook = ahead.shift();
    if (!webhook) return { examined, webhookIds, next: isLast ? null : left(place) };
    place = isWanted(job, webhook) ? await enter(tx, webhook.id) : { webhookId: webhook.id, after: '', last: '' };
  }
}

/** The same webhook with nothing left to look at. */
function left(place: Place): Place {
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

type Candidate = Pick<Row<'webhooks'>, 'id' | 'status' | 'provider'>;

function webhooksAfter(tx: Tx, { organizationId }: Job, webhookId: string): Promise<Candidate[]> {
  return tx
    .selectFrom('webhooks')
    .select(['id', 'status', 'provider'])
    .where('organization_id', '=', organizationId)
    .where('id', '>', webhookId)
    .orderBy('id')
    .limit(webhooksPerStep)
    .execute();
}

/** Whether a job is for the deliveries of a webhook: one that has ended gets nothing any more. */
function isWanted({ selection }: Job, { status, provider }: Candidate): boolean {
  const ended = status === 'gone' || status === 'deleted';
  return !ended && (selection.provider === null || selection.provider === provider);
}

async function wantedOf(tx: Tx, job: Job, ids: readonly string[]): Promise<Set<string>> {
  const webhooks = await inChunks(tx, ids, (some) =>
    tx.selectFrom('webhooks').select(['id', 'status', 'provider']).where('id', 'in', some).execute(),
  );
  return new Set(webhooks.filter((webhook) => isWanted(job, webhook)).map(({ id }) => id));
}

/** Deliveries of a webhook that a node has, and so are on their way. */
async function heldOf(tx: Tx, webhookId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('owner', 'in', (eb) => eb.selectFrom('nodes').select('id'))
    .where('webhook_id', '=', webhookId)
    .execute();
  return rows.map(({ id }) => id);
}

/** The next deliveries at a place: for a discard those that wait, for a replay any. */
async function look(tx: Tx, { kind }: Job, { webhookId, after, last }: Place, most: number): Promise<Delivery[]> {
  if (after >= last) return [];
  const query = tx
    .selectFrom('deliveries')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .where('id', '>', after)
    .where('id', '<=', last)
    .orderBy('id')
    .limit(most);
  if (kind === 'replay') return query.execute();
  return query.where('state', '=', literal.pending).where('owner', 'is', null).execute();
}

/** Returns the webhook of each delivery that was changed. */
async function apply(tx: Tx, job: Job, rows: readonly Delivery[], now: number): Promise<string[]> {
  if (job.kind === 'replay') return makeDue(tx, await selected(tx, job, rows), job.createdAt, now);
  return discard(tx, rows, now);
}

/** Those that a replay is for: as they stood when it was asked for. */
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
 * Makes deliveries due now, with a fresh retry schedule, unless a node has them. `completedBy`: and unless they are not
 * complete any more, or again, which may have happened since they were looked at. Returns the webhook of each.
 */
async function makeDue(tx: Tx, rows: readonly Delivery[], completedBy: number | null, now: number): Promise<string[]> {
  const changed = await inChunks(
    tx,
    rows.map(({ id }) => id),
    (ids) =>
      tx
        .updateTable('deliveries')
        .set({ state: 'pending', failures: 0, next_attempt_at: now, completed_at: null })
        .where('id', 'in', ids)
        .where('owner', 'is', null)
        .$if(completedBy !== null, (update) => update.where('completed_at', '<=', completedBy))
        .returning('webhook_id')
        .execute(),
  );
  return changed.map((row) => row.webhook_id);
}

/** Returns the webhook of each. */
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
