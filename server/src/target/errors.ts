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
