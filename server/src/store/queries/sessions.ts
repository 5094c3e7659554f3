import type { Organization } from '../../model.ts';
import type { SessionReader, SessionStore } from '../contract/index.ts';
import { fromPortalLink, fromSession, toPortalLink, toSession } from '../rows.ts';
import type { Db, Row } from '../tables.ts';

export function sessionQueries(db: Db): SessionStore & SessionReader {
  return {
    async insertPortalLink(link) {
      await db.insertInto('sessions').values(fromPortalLink(link)).execute();
    },

    async findPortalLink(hash) {
      const row = await withOrganization(db, hash).where('sessions.kind', '=', 'link').executeTakeFirst();
      return row ? { link: toPortalLink(row), organization: organizationOf(row) } : null;
    },

    async getPortalTheme(hash) {
      const row = await db
        .selectFrom('sessions')
        .select('theme')
        .where('hash', '=', hash)
        .where('kind', '=', 'link')
        .executeTakeFirst();
      return row?.theme ? JSON.parse(row.theme) : null;
    },

    async insertSession(session) {
      await db.insertInto('sessions').values(fromSession(session)).execute();
    },

    async findSession(hash) {
      const row = await withOrganization(db, hash).where('sessions.kind', '!=', 'link').executeTakeFirst();
      return row ? { session: toSession(row), organization: organizationOf(row) } : null;
    },

    async deleteSession(hash) {
      await db.deleteFrom('sessions').where('hash', '=', hash).where('kind', '!=', 'link').execute();
    },
  };
}

/** Finds a session or link by hash, unless its API key is revoked. */
function withOrganization(db: Db, hash: string) {
  return db
    .selectFrom('sessions')
    .innerJoin('organizations', 'organizations.id', 'sessions.organization_id')
    .leftJoin('api_keys', 'api_keys.id', 'sessions.api_key_id')
    .selectAll('sessions')
    .select(['organizations.name as organization_name', 'organizations.created_at as organization_created_at'])
    .where('sessions.hash', '=', hash)
    .where('api_keys.revoked_at', 'is', null);
}

function organizationOf(
  row: Pick<Row<'sessions'>, 'organization_id'> & { organization_name: string; organization_created_at: number },
): Organization {
  return { id: row.organization_id, name: row.organization_name, createdAt: row.organization_created_at };
}
