export interface BackoffSettings {
  /** The first pause. */
  readonly firstMs: number;
  /** The longest pause. */
  readonly mostMs: number;
  /** Between 0 and 1. Default: Math.random. */
  readonly random?: () => number;
}

/** Between tries of what the store could not do. */
export const storePauses: BackoffSettings = { firstMs: 500, mostMs: 5000 };

/**
 * Pauses between tries that double from one to the next. Each is shortened by chance, to at least a half, so that nodes
 * which lost the same thing together do not come back for it together.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  #longestMs: number;

  constructor(settings: BackoffSettings) {
    this.#settings = settings;
    this.#longestMs = settings.firstMs;
  }

  /** How long to wait before the next try, in milliseconds. */
  next(): number {
    const { mostMs, random = Math.random } = this.#settings;
    const longestMs = Math.min(this.#longestMs, mostMs);
    this.#longestMs = Math.min(longestMs * 2, mostMs);
    return longestMs * (1 - random() / 2);
  }

  /** It went well: the next pause is a first one. */
  reset(): void {
    this.#longestMs = this.#settings.firstMs;
  }
}
