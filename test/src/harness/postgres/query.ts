import pg from 'pg';

/** Asks a database by a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks fails the query, too.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(statement, values)).rows;
  } finally {
    await client.end();
  }
}

/** Makes a database on a server: an empty one, or a copy of another. Answers its URL. */
export async function createDatabase(server: string, name: string, template = 'template1'): Promise<string> {
  await query(server, `create database ${name} template ${template}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
