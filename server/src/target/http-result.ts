/** What came of one request. */
export type HttpResult = HttpResponse | HttpFailure;

/** The receiver answered, whatever the status. */
export interface HttpResponse {
  readonly kind: 'response';
  readonly status: number;
  /** Names in lower case; several values of one name joined by `, `. */
  readonly headers: Record<string, string>;
  /** UTF-8, with U+FFFD for what is not. As sent: a compressed body stays compressed. */
  readonly body: string;
  /** The body was longer than what was kept of it. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** There was no complete answer. */
export interface HttpFailure {
  readonly kind: 'error';
  readonly code: HttpErrorCode;
  /** A sentence for the customer. Names the host at most, never the URL's path or query. */
  readonly message: string;
  readonly durationMs: number;
  /** The receiver's status, when it came before the failure. */
  readonly status?: number;
}

/**
 * - `timeout` no complete answer within the deadline
 * - `dns` the host name has no address
 * - `refused` nothing listens at the host's port
 * - `reset` the receiver closed the connection before its answer was complete
 * - `tls` no encrypted connection: a bad certificate or a failed handshake
 * - `protocol` the answer is not HTTP, or the request cannot be written as HTTP
 * - `target_refused` the operator's rules forbid the target (TargetPolicy, or those of the operator's proxy)
 * - `proxy` the operator's proxy is at fault: it cannot be reached, or does not do its part
 * - `network` no way to the host, or another failure of the network
 * - `aborted` this server stopped the request because it is shutting down
 * - `withdrawn` the request was no longer wanted when it could be sent (PostLimits.wanted), so it was not
 */
export type HttpErrorCode =
  | 'timeout'
  | 'dns'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'protocol'
  | 'target_refused'
  | 'proxy'
  | 'network'
  | 'aborted'
  | 'withdrawn';
