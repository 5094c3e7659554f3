/** Seconds beyond the client's own deadline: in a session that is alive, the client speaks first. */
const margin = 1;

/**
 * The URL of a database with what its server is to do about a session whose client fell silent: roll back and let the
 * locks go soon, and notice that the other side is gone. What the operator wrote into the URL's own `options` counts more.
 * https://www.postgresql.org/docs/18/runtime-config-client.html, https://www.postgresql.org/docs/18/runtime-config-connection.html
 *
 * @param querySeconds how long the client waits for an answer.
 */
export function sessionUrl(url: string, querySeconds: number): string {
  const patienceMs = (querySeconds + margin) * 1000;
  const settings = {
    statement_timeout: patienceMs,
    idle_in_transaction_session_timeout: patienceMs,
    // Of no effect where the server's system does not know them.
    tcp_user_timeout: patienceMs,
    tcp_keepalives_idle: 10,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 3,
  };
  const session = new URL(url);
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const theirs = session.searchParams.get('options') ?? '';
  session.searchParams.set('options', [...ours, theirs].join(' ').trim());
  return session.href;
}
