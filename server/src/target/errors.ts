/** The operator's rules forbid the connection. Trying again does not help until the URL or the DNS answer changes. */
export class TargetRefusedError extends Error {
  override readonly name = 'TargetRefusedError';
  readonly code = 'target_refused';
}

/** The receiver's host name has no usable answer. */
export class TargetLookupError extends Error {
  override readonly name = 'TargetLookupError';
  readonly code = 'target_lookup';
}

/** No tunnel through the operator's proxy. The message is for the customer and does not tell where the proxy is. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly kind: TunnelErrorKind;
  /** What the proxy answered or how the connection to it failed: a status or an error code, for the server's log. */
  readonly detail: string;

  constructor(kind: TunnelErrorKind, message: string, detail: string) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}

export type TunnelErrorKind = 'proxy' | 'target_refused' | 'network' | 'timeout' | 'protocol';
