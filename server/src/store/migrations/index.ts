import type { Migration } from 'kysely/migration';
import { Migrator } from 'kysely/migration';
import type { Db } from '../tables.ts';
import * as initial from './0001-initial.ts';
import * as orderingAndFilters from './0002-ordering-and-filters.ts';
import * as jobs from './0003-jobs.ts';
import * as cluster from './0004-cluster.ts';

const migrations: Record<string, Migration> = {
  '0001-initial': initial,
  '0002-ordering-and-filters': orderingAndFilters,
  '0003-jobs': jobs,
  '0004-cluster': cluster,
};

/** Returns the names of the migrations that it made. */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error) throw error;
  return results.map(({ migrationName }) => migrationName);
}
