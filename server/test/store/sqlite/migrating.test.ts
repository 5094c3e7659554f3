import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { expect, test } from 'vitest';
import { migrations } from '../../../src/store/migrations/index.ts';
import { openDatabase, sqliteStore } from '../../../src/store/sqlite/database.ts';
import { freshFile, openTables } from './support.ts';

test('portal links and sessions from before they had ids have one, and end with their key', async () => {
  const file = freshFile();
  const store = sqliteStore(openDatabase(file));
  const tables = openTables(file);
  const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < '0010'));
  const migrator = new Migrator({ db: tables, provider: { getMigrations: async () => before } });
  expect((await migrator.migrateToLatest()).error).toBeUndefined();
  const [link, session] = ['a'.repeat(64), 'b'.repeat(64)];
  await sql`insert into organizations (id, name, created_at) values ('org', 'Acme', 1)`.execute(tables);
  await sql`insert into api_keys (id, organization_id, name, scopes, hash, preview, created_at)
    values ('key_a', 'org', '', '[]', '', '', 1)`.execute(tables);
  await sql`insert into sessions (hash, kind, organization_id, api_key_id, link, scopes, created_at, expires_at, kept_until)
    values (${link}, 'link', 'org', 'key_a', null, '[]', 1, 2, 3),
      (${session}, 'portal', 'org', 'key_a', ${link}, '[]', 1, 2, 3)`.execute(tables);
  await store.migrate();
  const id = 'lnk_aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';
  expect(await store.listPortalLinks('org', { limit: 10 })).toMatchObject([
    { id, parentId: 'key_a', singleUse: false },
  ]);
  expect(await store.findSession(session)).toMatchObject({
    session: { id: expect.stringMatching(/^ses_b/), linkId: id },
  });
  expect(await store.revokeApiKey('org', 'key_a', 5)).toEqual({ keys: ['key_a'], links: [id] });
  expect(await store.findSession(session)).toBeNull();
  await tables.destroy();
  await store.close();
});
