const empty = Buffer.alloc(0);

/**
 * The first `limit` bytes of a response body. A single chunk, the common case, is kept as it is; further chunks are
 * copied together, so that a body sent byte by byte takes no more memory than its bytes.
 */
export class ResponseBody {
  readonly #limit: number;
  #bytes: Buffer = empty;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps what fits. Returns false when something did not. */
  append(chunk: Buffer): boolean {
    const fits = this.#length + chunk.length <= this.#limit;
    const part = fits ? chunk : chunk.subarray(0, this.#limit - this.#length);
    if (this.#length === 0) this.#bytes = part;
    else this.#copy(part);
    this.#length += part.length;
    return fits;
  }

  get bytes(): Buffer {
    return this.#bytes.length === this.#length ? this.#bytes : this.#bytes.subarray(0, this.#length);
  }

  #copy(part: Buffer): void {
    const needed = this.#length + part.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#limit, Math.max(2048, 2 * needed)));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    part.copy(this.#bytes, this.#length);
  }
}
