import type { Organization } from '../../model.ts';
import type { SessionReader, SessionStore } from '../contract/index.ts';
import { fromPortalLink, fromSession, toPortalLink, toSession } from '../rows.ts';
import type { Db, Row, Tx } from '../tables.ts';
import { canMake, endBelow } from './lineage.ts';
import { literal } from './support.ts';

export function sessionQueries(db: Db): SessionStore & SessionReader {
  return {
    async insertPortalLink(link) {
      return db.transaction().execute(async (tx) => {
        if (!(await canMake(tx, link))) return false;
        await tx.insertInto('sessions').values(fromPortalLink(link)).execute();
        return true;
      });
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

    async listPortalLinks(organizationId, { limit, cursor }) {
      let query = db
        .selectFrom('sessions')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('kind', '=', literal.link)
        .orderBy('id', 'desc')
        .limit(limit);
      if (cursor) query = query.where('id', '<', cursor);
      return (await query.execute()).map(toPortalLink);
    },

    async revokePortalLink(organizationId, id, now) {
      return db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('sessions')
          .where('organization_id', '=', organizationId)
          .where('id', '=', id)
          .where('kind', '=', literal.link)
          .executeTakeFirst();
        if (numDeletedRows === 0n) return null;
        const { keys, links } = await endBelow(tx, id, now);
        return { keys, links: [id, ...links] };
      });
    },

    async insertSession(session) {
      return db.transaction().execute(async (tx) => {
        if (session.link !== null && !(await useLink(tx, session.link, session.createdAt))) return false;
        await tx.insertInto('sessions').values(fromSession(session)).execute();
        return true;
      });
    },

    async findSession(hash) {
      const row = await withOrganization(db, hash)
        .leftJoin('sessions as links', 'links.hash', 'sessions.link')
        .select('links.id as link_id')
        .where('sessions.kind', '!=', 'link')
        .where(({ eb, or }) => or([eb('sessions.link', 'is', null), eb('links.id', 'is not', null)]))
        .executeTakeFirst();
      return row ? { session: toSession(row), organization: organizationOf(row) } : null;
    },

    async deleteSession(hash) {
      await db.deleteFrom('sessions').where('hash', '=', hash).where('kind', '!=', 'link').execute();
    },
  };
}

/** False when the link has ended, or signs in once and did. */
async function useLink(tx: Tx, hash: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('sessions')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('kind', '=', 'link')
    .where(({ eb, or }) => or([eb('single_use', '=', 0), eb('used_at', 'is', null)]))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
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
