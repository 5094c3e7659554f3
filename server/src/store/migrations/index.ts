import type { Migration } from 'kysely/migration';
import { Migrator } from 'kysely/migration';
import type { Db } from '../tables.ts';
import * as initial from './0001-initial.ts';
import * as orderingAndFilters from './0002-ordering-and-filters.ts';
import * as jobs from './0003-jobs.ts';
import * as cluster from './0004-cluster.ts';
import * as sessions from './0006-sessions.ts';
import * as webhookHours from './0007-webhook-hours.ts';
import * as terms from './0008-terms.ts';
import * as connectorHooks from './0009-connector-hooks.ts';
import * as credentialTree from './0010-credential-tree.ts';
import * as fanOuts from './0011-fan-outs.ts';

export type Migrations = Readonly<Record<string, Migration>>;

export const migrations: Migrations = {
  '0001-initial': initial,
  '0002-ordering-and-filters': orderingAndFilters,
  '0003-jobs': jobs,
  '0004-cluster': cluster,
  '0006-sessions': sessions,
  '0007-webhook-hours': webhookHours,
  '0008-terms': terms,
  '0009-connector-hooks': connectorHooks,
  '0010-credential-tree': credentialTree,
  '0011-fan-outs': fanOuts,
};

/**
 * Applies migrations in the order of their names, and returns the names of those applied.
 *
 * @param own migrations for this kind of database only.
 */
export async function migrateToLatest(db: Db, own: Migrations): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations, ...own }) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) throw error;
  return results.map(({ migrationName }) => migrationName);
}
