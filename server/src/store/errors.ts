/** Why the store could not do what it was asked; nothing was changed. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `storage_full`: no room. `unavailable`: cannot be reached right now. `failed`: anything else. */
export type StoreErrorCode = 'storage_full' | 'unavailable' | 'failed';
