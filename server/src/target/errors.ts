/** The operator's rules forbid the connection. A retry fails too, until the URL or the DNS answer changes. */
export class TargetRefusedError extends Error {
  override readonly name = 'TargetRefusedError';
  readonly code = 'target_refused';
  /** For the operator's log: it can name an address in the operator's network. */
  readonly detail: string | undefined;

  /** @param message for the customer. */
  constructor(message: string, detail?: string) {
    super(message);
    this.detail = detail;
  }
}

/** The receiver's host name cannot be resolved. */
export class TargetLookupError extends Error {
  override readonly name = 'TargetLookupError';
  readonly code = 'target_lookup';
}

/** The receiver's host name cannot be resolved, as this server's own name servers are at fault. */
export class HinderedLookupError extends Error {
  override readonly name = 'HinderedLookupError';
  readonly code = 'hindered';
}

/** No connection to the receiver. The message is for the customer: what happened, and who has to change what. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly kind: 'tls' | 'timeout';

  constructor(kind: ConnectionError['kind'], message: string, cause: Error) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** No tunnel through the operator's proxy. The message is for the customer and does not name the proxy. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly kind: TunnelErrorKind;
  /** For the server's log: the proxy's status, or the error code of the connection to it. */
  readonly detail: string;

  constructor(kind: TunnelErrorKind, message: string, detail: string) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}

export type TunnelErrorKind = 'hindered' | 'target_refused' | 'network' | 'timeout' | 'protocol';
