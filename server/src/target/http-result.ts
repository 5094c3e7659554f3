export type HttpResult = HttpResponse | HttpFailure;

/** The receiver answered, whatever the status. */
export interface HttpResponse {
  readonly kind: 'response';
  readonly status: number;
  /** Names in lower case; several values of one name joined by `, `. Up to 16 KiB of them. */
  readonly headers: Record<string, string>;
  /** Unpacked if it was compressed, and decoded as UTF-8, with U+FFFD for invalid bytes. */
  readonly body: string;
  /** The body was longer than the limit. */
  readonly truncated: boolean;
  /** For the customer: what of the response could not be read or is not kept. */
  readonly note?: string;
  readonly durationMs: number;
}

/** There was no complete response. */
export interface HttpFailure {
  readonly kind: 'error';
  readonly code: HttpErrorCode;
  /** For the customer. Can name the host, never the URL's path or query. */
  readonly message: string;
  /** For the operator's log. Can name an address in the operator's network. */
  readonly detail?: string | undefined;
  readonly durationMs: number;
  /** The receiver's status, if it arrived before the failure. */
  readonly status?: number;
  /** There was a connection. Default: false. */
  readonly connected?: boolean;
  /** The operating system's code, if the failure has one: `ECONNREFUSED`. */
  readonly system?: string | undefined;
}

/**
 * - `timeout` no complete response within the deadline
 * - `dns` the host name cannot be resolved
 * - `refused` nothing listens on the port
 * - `reset` the receiver closed the connection before its response was complete
 * - `tls` no encrypted connection: a bad certificate or a failed handshake
 * - `protocol` the response is not valid HTTP, or the request cannot be written as HTTP
 * - `target_refused` the operator's rules (TargetPolicy, or those of the proxy) forbid the target
 * - `hindered` a fault of this server's own side: its name servers, its network, its proxy, its configuration
 * - `network` no route to the host, or another network failure
 * - `aborted` this server is shutting down
 * - `withdrawn` the request was no longer wanted when it could be sent (PostLimits.wanted)
 */
export type HttpErrorCode =
  | 'timeout'
  | 'dns'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'protocol'
  | 'target_refused'
  | 'hindered'
  | 'network'
  | 'aborted'
  | 'withdrawn';
