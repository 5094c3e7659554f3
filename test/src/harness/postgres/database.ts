/** The URL of an empty PostgreSQL database, from the office of this test run. */
export async function freshDatabase(): Promise<string> {
  const office = process.env.BELLHOP_TEST_DATABASES;
  if (!office) throw new Error('BELLHOP_TEST_DATABASES is not set: run the tests by `npm test`.');
  const response = await fetch(office, { method: 'POST' });
  const answer = await response.text();
  if (!response.ok) throw new Error(answer);
  return answer;
}
