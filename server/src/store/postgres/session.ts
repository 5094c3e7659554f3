/** The server's timeouts are longer by these seconds, so that a working client's deadline comes first. */
const margin = 1;

/** How long a transaction can be idle: a share of the lease, and at least this long. */
const idleShareOfLease = 1 / 3;
const minIdleMs = 1000;

/**
 * Every query finds a bounded number of rows by an index made for it, and locks them in its order. In a burst,
 * PostgreSQL's statistics are out of date, and it would prefer to scan a table, or to sort a backlog to find its first
 * rows. Plans without alternatives are still used. https://www.postgresql.org/docs/18/runtime-config-query.html
 */
const indexOnly = {
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  // Before version 18, "off" adds a cost so high that queries seem worth compiling.
  jit: 'off',
};

export interface SessionTimeouts {
  readonly querySeconds: number;
  readonly leaseSeconds: number;
}

/**
 * The URL of a database with session settings: how queries are planned, and when the server rolls back and releases the
 * locks of a client that is silent or gone. The operator's own `options` in the URL take precedence.
 * https://www.postgresql.org/docs/18/runtime-config-client.html,
 * https://www.postgresql.org/docs/18/runtime-config-connection.html
 *
 * @param querySeconds how long the client waits for a result.
 * @param leaseSeconds when other nodes take over from a silent one: its locks must be released by then.
 */
export function sessionUrl(url: string, { querySeconds, leaseSeconds }: SessionTimeouts): string {
  const timeoutMs = (querySeconds + margin) * 1000;
  const settings = {
    statement_timeout: timeoutMs,
    // A working node never pauses within a transaction.
    idle_in_transaction_session_timeout: Math.min(
      timeoutMs,
      Math.max(leaseSeconds * 1000 * idleShareOfLease, minIdleMs),
    ),
    // Ignored where the server's operating system does not support them.
    tcp_user_timeout: timeoutMs,
    tcp_keepalives_idle: 10,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 3,
  };
  const session = new URL(url);
  const ours = Object.entries({ ...settings, ...indexOnly }).map(([name, value]) => `-c ${name}=${value}`);
  const theirs = session.searchParams.get('options') ?? '';
  session.searchParams.set('options', [...ours, theirs].join(' ').trim());
  return session.href;
}
