export interface BackoffSettings {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Returns a number between 0 and 1. Default: Math.random. */
  readonly random?: () => number;
}

/** For failed calls to the store. */
export const storePauses: BackoffSettings = { firstMs: 500, maxMs: 5000 };

/** Exponential backoff. Jitter shortens each pause by up to half, so that nodes do not retry in step. */
export class Backoff {
  readonly #settings: BackoffSettings;
  #nextMs: number;

  constructor(settings: BackoffSettings) {
    this.#settings = settings;
    this.#nextMs = settings.firstMs;
  }

  /** Milliseconds to wait before the next try. */
  next(): number {
    const { maxMs, random = Math.random } = this.#settings;
    const pauseMs = Math.min(this.#nextMs, maxMs);
    this.#nextMs = Math.min(pauseMs * 2, maxMs);
    return pauseMs * (1 - random() / 2);
  }

  /** Starts over, after a success. */
  reset(): void {
    this.#nextMs = this.#settings.firstMs;
  }
}
