/** The URL of a PostgreSQL database of one's own that has the tables, from the office of this test run. */
export function freshDatabase(): Promise<string> {
  return database('migrated');
}

/** As {@link freshDatabase}, without tables. */
export function emptyDatabase(): Promise<string> {
  return database('empty');
}

/** The office is test/src/harness/postgres/office.ts. */
async function database(kind: 'migrated' | 'empty'): Promise<string> {
  const office = process.env.BELLHOP_TEST_DATABASES;
  if (!office) throw new Error('BELLHOP_TEST_DATABASES is not set: run the tests by `npm test`.');
  const response = await fetch(new URL(kind, office), { method: 'POST' });
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}
