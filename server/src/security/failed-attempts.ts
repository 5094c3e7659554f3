import type { Clock } from '../clock.ts';
import { ProblemError } from '../problem.ts';
import { hashKey, previewKey } from './keys.ts';

const windowMs = 60_000;
/** Each has some hundred bytes. */
const mostCounted = 10_000;
const mostKnown = 20_000;

/** A key or token that somebody gives. */
export interface Given {
  readonly secret: string;
  /** Of the client. */
  readonly address: string;
  readonly isKey: boolean;
}

/**
 * Limits failed attempts to authenticate: by client address, and by the first characters of API keys. Over a limit, unknown
 * secrets are refused without a look-up. Secrets that were valid before are still looked up, so that nobody can lock
 * out others at the same address.
 */
export class FailedAttempts {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #byAddress: Counts;
  readonly #byKey: Counts;
  /** Hashes of secrets that were valid. */
  readonly #known = new Bounded<true>(mostKnown);

  constructor(clock: Pick<Clock, 'now'>, perMinute: number) {
    this.#clock = clock;
    this.#byAddress = new Counts(perMinute);
    this.#byKey = new Counts(perMinute);
  }

  /**
   * @param lookUp by the hash of the secret; undefined: nobody has it.
   * @throws {ProblemError} `too_many_attempts`
   */
  async find<T>(
    { secret, address, isKey }: Given,
    lookUp: (hash: string) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const hash = hashKey(secret);
    const key = isKey ? previewKey(secret) : undefined;
    if (!this.#known.has(hash)) this.#requireFew(address, key);
    const found = await lookUp(hash);
    if (found !== undefined) {
      this.#known.set(hash, true);
      return found;
    }
    const now = this.#clock.now();
    this.#known.delete(hash);
    this.#byAddress.add(address, now);
    if (key !== undefined) this.#byKey.add(key, now);
    return undefined;
  }

  #requireFew(address: string, key: string | undefined): void {
    const now = this.#clock.now();
    const fromAddress = this.#byAddress.waitMs(address, now);
    const ofKey = key === undefined ? 0 : this.#byKey.waitMs(key, now);
    const seconds = Math.ceil(Math.max(fromAddress, ofKey) / 1000);
    if (seconds === 0) return;
    const what = fromAddress > 0 ? 'from this address' : 'with keys that start like this one';
    const detail = `Too many attempts to authenticate ${what} have failed. Wait ${seconds} seconds, then try a valid key or link.`;
    throw new ProblemError('too_many_attempts', detail, [], seconds);
  }
}

interface Count {
  /** The end of the minute that began with the first of them. */
  readonly until: number;
  count: number;
}

/** Failures by name, for a minute. */
class Counts {
  readonly #limit: number;
  readonly #counts = new Bounded<Count>(mostCounted);

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(name: string, now: number): void {
    const known = this.#counts.get(name);
    if (known && known.until > now) known.count += 1;
    else this.#counts.set(name, { until: now + windowMs, count: 1 });
  }

  /** Milliseconds until there may be another; 0: there may be now. */
  waitMs(name: string, now: number): number {
    const known = this.#counts.get(name);
    return known && known.count >= this.#limit ? Math.max(known.until - now, 0) : 0;
  }
}

/** A map without the entries that were set first, when there are too many. */
class Bounded<Value> extends Map<string, Value> {
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override set(name: string, value: Value): this {
    this.delete(name);
    super.set(name, value);
    const [oldest] = this.size > this.#most ? this.keys() : [];
    if (oldest !== undefined) this.delete(oldest);
    return this;
  }
}
