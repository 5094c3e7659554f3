import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { expect } from 'vitest';
import * as initial from '../../../src/store/migrations/0001-initial.ts';
import * as orderingAndFilters from '../../../src/store/migrations/0002-ordering-and-filters.ts';
import * as jobs from '../../../src/store/migrations/0003-jobs.ts';
import type { Db } from '../../../src/store/tables.ts';
import type { Subject } from './world.ts';
import { now, World, webhookIdOfSlot } from './world.ts';

/** What every store does with a database that it finds; each is given one that is empty. */
export const migrating: readonly { readonly name: string; readonly check: (subject: Subject) => Promise<void> }[] = [
  {
    name: 'a database is brought up to date once, and what was done is told',
    async check({ store }) {
      const made = await store.migrate();
      expect(made.slice(0, 4)).toEqual(['0001-initial', '0002-ordering-and-filters', '0003-jobs', '0004-cluster']);
      expect(await store.migrate()).toEqual([]);
    },
  },
  {
    name: 'lanes from before there were several nodes are in their slots, and keep their backlogs and owners',
    async check({ store, tables }) {
      await migrateTo({ store, tables }, '0003-jobs');
      const ends = Array.from({ length: 256 }, (_, slot) => slot.toString(16).padStart(2, '0'));
      await insertLanes(
        tables,
        ends.map((_, slot) => ({ slot, owner: slot % 3 === 0 ? 'node' : null })),
      );
      expect(await store.migrate()).toEqual(expect.arrayContaining(['0004-cluster']));
      const lanes = await tables.selectFrom('lanes').selectAll().orderBy('slot').execute();
      expect(lanes).toEqual(
        ends.map((end, slot) => ({
          webhook_id: expect.stringMatching(new RegExp(`^wh_.*${end}$`)),
          state: 'open',
          ordering: 'parallel',
          due_at: now,
          owner: slot % 3 === 0 ? 'node' : null,
          backlogged: slot % 3 === 0 ? 1 : 0,
          slot,
          term: slot % 3 === 0 ? 1 : 0,
          left_at: null,
        })),
      );
    },
  },
  {
    name: 'a node that was alive before delivers, and what it held it refills, or others take over',
    async check(subject) {
      const { store, tables } = subject;
      await migrateTo(subject, '0003-jobs');
      await tables.insertInto('nodes').values({ id: 'node', alive_until: now }).execute();
      await insertLanes(tables, [{ slot: 127, owner: 'node' }]);
      await store.migrate();
      expect(await store.deliveringNodes(now)).toEqual(['node']);
      expect((await store.holdings('node')).lanes).toMatchObject([{ backlogged: true, leftAt: null }]);
      await store.expire(['heir'], now + 1, now + 1);
      const { lanes } = await new World(subject).claim('heir', { now: now + 1 });
      expect(lanes).toMatchObject([{ leftAt: now }]);
    },
  },
  {
    name: 'what the rules of before stopped goes on: hooks that a count disabled, and those that a platform paused',
    async check(subject) {
      const { store, tables } = subject;
      await migrateTo(subject, '0003-jobs');
      await insertLanes(
        tables,
        [1, 2, 3, 4].map((slot) => ({ slot, owner: null })),
      );
      const [hook = '', own = '', inactive = '', byCustomer = ''] = await idsOf(tables);
      await stop(tables, hook, 'disabled', 'consecutive_failures', 1);
      await stop(tables, own, 'disabled', 'consecutive_failures', 0);
      await stop(tables, inactive, 'paused', 'platform_gone', 0);
      await stop(tables, byCustomer, 'paused', 'paused_by_customer', 0);
      await store.migrate();
      const world = new World(subject);
      await world.sweep();
      const statuses = [hook, own, inactive, byCustomer].map(async (id) => (await store.getWebhook('org', id))?.status);
      expect(await Promise.all(statuses)).toEqual(['active', 'disabled', 'active', 'paused']);
      expect((await world.claim('node')).lanes.map(({ webhookId }) => webhookId).sort()).toEqual(
        [hook, inactive].sort(),
      );
    },
  },
];

async function idsOf(tables: Db): Promise<string[]> {
  const rows = await tables.selectFrom('webhooks').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

async function stop(tables: Db, id: string, status: string, code: string, restHook: number): Promise<void> {
  const reason = JSON.stringify({ code, message: '', at: now });
  await sql`update webhooks set status = ${status}, status_reason = ${reason}, rest_hook = ${restHook} where id = ${id}`.execute(
    tables,
  );
  await sql`update lanes set state = 'closed' where webhook_id = ${id}`.execute(tables);
}

/** As an earlier version would have. */
async function migrateTo({ store, tables }: Subject, version: string): Promise<void> {
  // It answers once it has opened the database, in which nobody may write until then.
  await store.time();
  const migrations = { '0001-initial': initial, '0002-ordering-and-filters': orderingAndFilters, '0003-jobs': jobs };
  const migrator = new Migrator({ db: tables, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateTo(version);
  if (error) throw error;
}

/** Lanes as they were then, of webhooks in these slots. */
async function insertLanes(tables: Db, lanes: readonly { slot: number; owner: string | null }[]): Promise<void> {
  await tables.insertInto('organizations').values({ id: 'org', name: 'Acme', created_at: now }).execute();
  for (const { slot, owner } of lanes) {
    const id = webhookIdOfSlot(slot);
    await sql`insert into webhooks (id, organization_id, provider, url, events, format, platform, rest_hook, sealed, status,
        consecutive_failures, gone_answers, revision, created_at, updated_at)
      values (${id}, 'org', 'salpre', '', '[]', 'provider', 'custom', 0, '', 'active', 0, 0, 1, ${now}, ${now})`.execute(
      tables,
    );
    await sql`insert into lanes (webhook_id, state, due_at, owner) values (${id}, 'open', ${now}, ${owner})`.execute(
      tables,
    );
  }
}
