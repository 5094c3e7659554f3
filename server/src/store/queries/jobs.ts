import type { Job } from '../../model.ts';
import type { Backlog, JobCreation, JobRequest, JobStepStore, JobStore } from '../contract/index.ts';
import { fromJob, toJob } from '../rows.ts';
import type { Db, Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import { claimKey } from './idempotency.ts';
import { advance, startOf } from './job-steps.ts';
import { literal } from './support.ts';

/** Per organization. */
const maxRunning = 10;

export function jobQueries(db: Db): JobStore & JobStepStore {
  return {
    async backlog(webhookId, max) {
      return db.transaction().execute((tx) => countBacklog(tx, webhookId, max));
    },

    async createJob(job, request) {
      return db.transaction().execute(async (tx) => {
        // Serializes with other new jobs of the organization and with resuming the webhook.
        await tx
          .selectFrom('organizations')
          .select('id')
          .where('id', '=', job.organizationId)
          .forNoKeyUpdate()
          .executeTakeFirst();
        await tx
          .selectFrom('webhooks')
          .select('id')
          .where('id', '=', job.webhookId ?? '')
          .forNoKeyUpdate()
          .executeTakeFirst();
        const repeated = await takeKey(tx, job, request);
        if (repeated) return repeated;
        const creation = await admit(tx, job, request.fingerprint);
        await settleKey(tx, job, request.idempotencyKey, creation);
        return creation;
      });
    },

    async getJob(organizationId, id) {
      return findJob(db, organizationId, id);
    },

    async listJobs(organizationId, filter, { limit, cursor }) {
      let query = db
        .selectFrom('jobs')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .orderBy('id', 'desc')
        .limit(limit);
      if (filter.status) query = query.where('status', '=', filter.status);
      if (filter.webhookId) query = query.where('webhook_id', '=', filter.webhookId);
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toJob);
    },

    async cancelJob(organizationId, id, now) {
      return db.transaction().execute(async (tx) => {
        await tx
          .updateTable('jobs')
          .set({ status: 'cancelled', completed_at: now })
          .where('id', '=', id)
          .where('organization_id', '=', organizationId)
          .where('status', '=', 'running')
          .execute();
        return findJob(tx, organizationId, id);
      });
    },

    async advanceJob(now) {
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('jobs')
          .selectAll()
          .where('status', '=', literal.running)
          .orderBy('stepped_at')
          .orderBy('id')
          .limit(1)
          .forNoKeyUpdate()
          .skipLocked()
          .executeTakeFirst();
        return row ? advance(tx, row, now) : null;
      });
    },
  };
}

/** True while a job discards the webhook's backlog. */
export async function isBeingDiscarded(tx: Tx, organizationId: string, webhookId: string): Promise<boolean> {
  const running = await runningJobs(tx, organizationId);
  return running.some((job) => job.kind === 'discard' && job.webhook_id === webhookId);
}

/** Returns at most {@link maxRunning}. */
function runningJobs(tx: Tx, organizationId: string) {
  return tx
    .selectFrom('jobs')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('status', '=', literal.running)
    .execute();
}

async function findJob(db: Db, organizationId: string, id: string): Promise<Job | null> {
  const row = await db
    .selectFrom('jobs')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row ? toJob(row) : null;
}

/** Stores a job, unless it repeats or contradicts another one, or is invalid. */
async function admit(tx: Tx, job: Job, fingerprint: string): Promise<JobCreation> {
  const running = await runningJobs(tx, job.organizationId);
  const same = running.find((each) => each.fingerprint === fingerprint);
  if (same) return { kind: 'repeated', job: toJob(same) };
  const opposite = running.map(toJob).find((each) => contradict(each, job));
  if (opposite) return { kind: 'contradicted', job: opposite };
  if (running.length >= maxRunning) return { kind: 'crowded', running: running.length };
  const unknown = await unknownDeliveries(tx, job);
  if (unknown.length > 0) return { kind: 'unknown', ids: unknown };
  const start = await startOf(tx, job);
  await tx
    .insertInto('jobs')
    .values({ ...fromJob(job), fingerprint, ...start })
    .execute();
  return { kind: 'created', job };
}

/** True when one job could undo the other. */
function contradict(one: Job, other: Job): boolean {
  const overlap = one.webhookId === null || other.webhookId === null || one.webhookId === other.webhookId;
  return one.kind !== other.kind && overlap;
}

async function unknownDeliveries(tx: Tx, { organizationId, selection }: Job): Promise<string[]> {
  const named = selection.ids ?? [];
  const rows = await inChunks(tx, named, (ids) =>
    tx
      .selectFrom('deliveries')
      .select('id')
      .where('id', 'in', ids)
      .where('organization_id', '=', organizationId)
      .execute(),
  );
  const known = new Set(rows.map(({ id }) => id));
  return named.filter((id) => !known.has(id));
}

/** Claims the request's idempotency key. Returns the outcome of the earlier request that claimed it, or null. */
async function takeKey(
  tx: Tx,
  { id, organizationId, createdAt }: Job,
  { idempotencyKey: key, fingerprint: hash }: JobRequest,
): Promise<JobCreation | null> {
  if (key === null) return null;
  const first = await claimKey(tx, { organization_id: organizationId, key, hash, answer: id, created_at: createdAt });
  if (!first) return null;
  if (first.hash !== hash) return { kind: 'key_reused' };
  // Jobs are kept as long as keys. If the job is gone nevertheless, the key is treated as new.
  const job = await findJob(tx, organizationId, first.answer);
  return job && { kind: 'repeated', job };
}

/** Stores the job of a key, or releases the key of a refused request. */
async function settleKey(tx: Tx, { organizationId }: Job, key: string | null, creation: JobCreation): Promise<void> {
  if (key === null) return;
  if (creation.kind === 'created' || creation.kind === 'repeated') {
    const kept = tx.updateTable('idempotency_keys').set({ answer: creation.job.id });
    await kept.where('organization_id', '=', organizationId).where('key', '=', key).execute();
  } else {
    const refused = tx.deleteFrom('idempotency_keys');
    await refused.where('organization_id', '=', organizationId).where('key', '=', key).execute();
  }
}

async function countBacklog(tx: Tx, webhookId: string, max: number): Promise<Backlog> {
  const waiting = tx
    .selectFrom('deliveries')
    .select('id')
    .where('webhook_id', '=', webhookId)
    .where('state', '=', literal.pending)
    .where('owner', 'is', null)
    .orderBy('id');
  const held = tx
    .selectFrom('deliveries')
    .select(({ fn }) => [fn.countAll<number>().as('held'), fn.min('id').as('oldest_held')])
    .where('owner', 'in', (eb) => eb.selectFrom('nodes').select('id'))
    .where('webhook_id', '=', webhookId);
  const counted = tx
    .selectFrom(waiting.limit(max + 1).as('some'))
    .select(({ fn }) => [fn.countAll<number>().as('waiting'), fn.min('id').as('oldest_waiting')]);
  // One statement: deliveries leased or released between two would be counted twice or not at all.
  const both = await tx
    .selectFrom([counted.as('counted'), held.as('held')])
    .selectAll()
    .executeTakeFirstOrThrow();
  const count = Number(both.waiting) + Number(both.held);
  // Ids sort by time of creation.
  const oldest = await tx
    .selectFrom('deliveries')
    .select('created_at')
    .where('id', '=', [both.oldest_waiting ?? '', both.oldest_held ?? ''].filter(Boolean).sort()[0] ?? '')
    .executeTakeFirst();
  return { deliveries: Math.min(count, max), more: count > max, oldestAt: oldest?.created_at ?? null };
}
