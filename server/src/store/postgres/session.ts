/** Seconds beyond the client's own deadline: in a session that is alive, the client speaks first. */
const margin = 1;

/** The part of a lease that a session may stand still in the middle of a transaction, and the least of it. */
const shareOfLease = 1 / 3;
const leastIdleMs = 1000;

export interface Patience {
  readonly querySeconds: number;
  readonly leaseSeconds: number;
}

/**
 * The URL of a database with what its server is to do about a session whose client fell silent: roll back and let the
 * locks go soon, and notice that the other side is gone. What the operator wrote into the URL's own `options` counts more.
 * https://www.postgresql.org/docs/18/runtime-config-client.html, https://www.postgresql.org/docs/18/runtime-config-connection.html
 *
 * @param querySeconds how long the client waits for an answer.
 * @param leaseSeconds after which the other nodes take over from one that fell silent: nothing that it locked may be in
 *   their way by then.
 */
export function sessionUrl(url: string, { querySeconds, leaseSeconds }: Patience): string {
  const patienceMs = (querySeconds + margin) * 1000;
  const settings = {
    statement_timeout: patienceMs,
    // A node that is alive goes on with a transaction at once.
    idle_in_transaction_session_timeout: Math.min(
      patienceMs,
      Math.max(leaseSeconds * 1000 * shareOfLease, leastIdleMs),
    ),
    // Of no effect where the server's system does not know them.
    tcp_user_timeout: patienceMs,
    tcp_keepalives_idle: 10,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 3,
    // In a burst PostgreSQL does not know how much there is of something, and would gather and sort all of it to find the
    // first few that an index has in order. Everything here is looked up by an index that fits, and locked in its order.
    enable_bitmapscan: 'off',
  };
  const session = new URL(url);
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const theirs = session.searchParams.get('options') ?? '';
  session.searchParams.set('options', [...ours, theirs].join(' ').trim());
  return session.href;
}
