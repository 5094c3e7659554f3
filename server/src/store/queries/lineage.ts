import type { Origin } from '../../model.ts';
import type { Ended } from '../contract/index.ts';
import type { Tx } from '../tables.ts';
import { inChunks } from './batches.ts';
import { literal } from './support.ts';

/** A link that made something is kept, so that it can be revoked for as long as that lives. */
const forever = Number.MAX_SAFE_INTEGER;

/**
 * False when the parent of a new key or link has ended. Else the parent is locked: whoever revokes it meanwhile waits, and
 * finds the new one below it.
 */
export async function canMake(
  tx: Tx,
  { organizationId, parentId }: Pick<Origin, 'parentId'> & { readonly organizationId: string },
): Promise<boolean> {
  if (parentId === null) return true;
  const link = await tx
    .updateTable('sessions')
    .set({ kept_until: forever })
    .where('organization_id', '=', organizationId)
    .where('id', '=', parentId)
    .where('kind', '=', literal.link)
    .executeTakeFirst();
  if (link.numUpdatedRows > 0n) return true;
  const key = await tx
    .selectFrom('api_keys')
    .select('id')
    .where('id', '=', parentId)
    .where('revoked_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return key !== undefined;
}

/** Revokes all keys and links that were made with a key or link that has ended, at any depth. */
export async function endBelow(tx: Tx, id: string, now: number): Promise<Ended> {
  const ended: { keys: string[]; links: string[] } = { keys: [], links: [] };
  let parents = [id];
  while (parents.length > 0) {
    const keys = await inChunks(tx, parents, (some) =>
      tx
        .updateTable('api_keys')
        .set({ revoked_at: now })
        .where('parent', 'in', some)
        .where('revoked_at', 'is', null)
        .returning('id')
        .execute(),
    );
    const links = await inChunks(tx, parents, (some) =>
      tx.deleteFrom('sessions').where('parent', 'in', some).returning('id').execute(),
    );
    for (const key of keys) ended.keys.push(key.id);
    for (const link of links) ended.links.push(link.id);
    parents = [...keys, ...links].map((each) => each.id);
  }
  return ended;
}
