import type { Scope } from '@bellhop/shared';
import { scopes } from '@bellhop/shared/api/accounts';
import type { ExpressionBuilder } from 'kysely';
import type { Organization } from '../../model.ts';
import type { AccountStore, ApiKeyReader, SettingsStore } from '../contract/index.ts';
import { fromApiKey, toApiKey, toOrganization } from '../rows.ts';
import type { Db, Tables } from '../tables.ts';
import { inChunks } from './batches.ts';
import { canMake, endBelow } from './lineage.ts';

export function accountQueries(db: Db): AccountStore & ApiKeyReader {
  return {
    async insertOrganization({ id, name, createdAt }) {
      await db.insertInto('organizations').values({ id, name, created_at: createdAt }).execute();
    },

    async getOrganization(id) {
      return findOrganization(db, id);
    },

    async listOrganizations({ limit, cursor }) {
      let query = db.selectFrom('organizations').selectAll().orderBy('id', 'desc').limit(limit);
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toOrganization);
    },

    async insertApiKey(key) {
      return db.transaction().execute(async (tx) => {
        if (!(await canMake(tx, key))) return false;
        await tx.insertInto('api_keys').values(fromApiKey(key)).execute();
        return true;
      });
    },

    async findApiKey(hash) {
      const row = await db
        .selectFrom('api_keys')
        .innerJoin('organizations', 'organizations.id', 'api_keys.organization_id')
        .selectAll('api_keys')
        .select(['organizations.name as organization_name', 'organizations.created_at as organization_created_at'])
        .where('api_keys.hash', '=', hash)
        .where('api_keys.revoked_at', 'is', null)
        .executeTakeFirst();
      if (!row) return null;
      const { organization_id: id, organization_name: name, organization_created_at: createdAt } = row;
      return { key: toApiKey(row), organization: { id, name, createdAt } };
    },

    async listApiKeys(organizationId, { limit, cursor }, within = scopes) {
      let query = db
        .selectFrom('api_keys')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('revoked_at', 'is', null)
        .where(hasOnly(within))
        .orderBy('id', 'desc')
        .limit(limit);
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toApiKey);
    },

    async revokeApiKey(organizationId, id, now, within = scopes) {
      return db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable('api_keys')
          .set({ revoked_at: now })
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .where(hasOnly(within))
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return null;
        const { keys, links } = await endBelow(tx, id, now);
        return { keys: [id, ...keys], links };
      });
    },

    async touchApiKeys(ids, now) {
      await inChunks(db, ids, (some) =>
        db.updateTable('api_keys').set({ last_used_at: now }).where('id', 'in', some).execute(),
      );
    },
  };
}

/** Scopes are stored as a JSON array of names, matched with their quotes. */
function hasOnly(within: readonly Scope[]) {
  const others = scopes.filter((scope) => !within.includes(scope));
  return (eb: ExpressionBuilder<Tables, 'api_keys'>) =>
    eb.and(others.map((scope) => eb('scopes', 'not like', `%"${scope}"%`)));
}

async function findOrganization(db: Db, id: string): Promise<Organization | null> {
  const row = await db.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toOrganization(row) : null;
}

export function settingsQueries(db: Db): SettingsStore {
  return {
    async getSettings(organizationId, provider) {
      const row = await db
        .selectFrom('provider_settings')
        .select('settings')
        .where('organization_id', '=', organizationId)
        .where('provider', '=', provider)
        .executeTakeFirst();
      return row?.settings ?? null;
    },

    async putSettings(organizationId, provider, settings, now) {
      await db
        .insertInto('provider_settings')
        .values({ organization_id: organizationId, provider, settings, updated_at: now })
        .onConflict((conflict) =>
          conflict.columns(['organization_id', 'provider']).doUpdateSet({ settings, updated_at: now }),
        )
        .execute();
    },
  };
}
