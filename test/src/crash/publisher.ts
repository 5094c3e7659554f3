import type { Random } from '@bellhop/server/test/store/conformance/random';
import type { JsonObject } from '@bellhop/shared';
import { ApiError } from '@bellhop/shared';
import { allOf } from '../harness/all-of.ts';
import type { Mark } from './inbox.ts';
import type { Mortal } from './mortal-server.ts';
import type { Tally } from './tally.ts';

/** An event type with data for it. */
export interface Kind {
  readonly provider: string;
  readonly type: string;
  readonly sample: JsonObject;
}

/** An event that was acknowledged. */
export interface Acknowledged extends Mark {
  readonly id: string;
  readonly type: string;
}

export interface PublisherParts {
  readonly server: Mortal;
  readonly random: Random;
  readonly kinds: readonly Kind[];
  /** Told of every acknowledged event. */
  readonly progress: Tally;
}

interface MarkedEvent {
  readonly provider: string;
  readonly type: string;
  readonly data: JsonObject & { readonly mark: { readonly publisher: number; readonly sequence: number } };
}

/** The most events that it publishes at once. */
const mostAtOnce = 4;

/** Publishes one request after the other, each again and again under the same idempotency key until it is acknowledged. */
export class Publisher {
  readonly acknowledged: Acknowledged[] = [];
  readonly #number: number;
  readonly #parts: PublisherParts;

  constructor(number: number, parts: PublisherParts) {
    this.#number = number;
    this.#parts = parts;
  }

  async publish(events: number): Promise<void> {
    const { random, progress } = this.#parts;
    for (let sequence = 0; sequence < events; ) {
      const size = Math.min(1 + random.below(mostAtOnce), events - sequence);
      const chosen = Array.from({ length: size }, (_, index) => this.#event(sequence + index));
      const ids = await this.#untilAcknowledged(chosen, `${this.#number} ${sequence}`);
      for (const [index, { type, data }] of chosen.entries()) {
        this.acknowledged.push({ id: ids[index] ?? '', type, ...data.mark });
      }
      sequence += size;
      progress.add(size);
    }
  }

  #event(sequence: number): MarkedEvent {
    const { random, kinds } = this.#parts;
    const kind = random.oneOf(kinds);
    if (!kind) throw new Error('There is no kind of event to publish.');
    const mark: Mark = { publisher: this.#number, sequence };
    return { provider: kind.provider, type: kind.type, data: { ...kind.sample, mark: { ...mark } } };
  }

  async #untilAcknowledged(events: MarkedEvent[], key: string): Promise<readonly string[]> {
    for (;;) {
      const client = await this.#parts.server.client;
      try {
        return allOf(await client.publishBatch({ body: { events }, headers: { 'idempotency-key': key } }));
      } catch (error) {
        // A refusal is the server's word; only what it could not answer, or not to the end, or not now, is asked again.
        if (error instanceof ApiError && error.problem && error.status !== 503) throw error;
      }
    }
  }
}
