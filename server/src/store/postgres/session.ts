/** Seconds beyond the client's own deadline: in a session that is alive, the client speaks first. */
const margin = 1;

/** The part of a lease that a session may stand still in the middle of a transaction, and the least of it. */
const shareOfLease = 1 / 3;
const leastIdleMs = 1000;

/**
 * Every query finds a bounded number of rows by indexes that were made for it, and locks them in their order. In a burst
 * PostgreSQL does not know yet how much there is of something, and would rather walk over all of it, or gather and sort a
 * backlog to find its first few. Where there is no other way, it goes it all the same.
 * https://www.postgresql.org/docs/18/runtime-config-query.html
 */
const lookUps = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // Before version 18, "off" is a cost so high that queries look worth compiling.
  jit: 'off',
};

export interface Patience {
  readonly querySeconds: number;
  readonly leaseSeconds: number;
}

/**
 * The URL of a database with how it is to look things up, and what its server is to do about a session whose client fell
 * silent: roll back and let the locks go soon, and notice that the other side is gone. What the operator wrote into the URL's own `options` counts more.
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
  };
  const session = new URL(url);
  const ours = Object.entries({ ...settings, ...lookUps }).map(([name, value]) => `-c ${name}=${value}`);
  const theirs = session.searchParams.get('options') ?? '';
  session.searchParams.set('options', [...ours, theirs].join(' ').trim());
  return session.href;
}
