import { Pool } from 'undici';
import { pause, sharedNow } from '../measure/clock.ts';
import { batchBody, publishBody, type Tenant } from './subject.ts';

/** One event that was published. Times by the shared clock. */
export interface Publication {
  readonly id: string;
  /** When it should have been sent. */
  readonly dueAt: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

export interface ClosedLoop {
  readonly events: number;
  /** Publishers; each sends its next event when the last one is answered. */
  readonly concurrency: number;
  /** Resolves when the event of this number may be sent. */
  readonly mayStart?: (index: number) => Promise<void>;
}

export interface OpenLoop {
  /** Events per second. */
  readonly rate: number;
  readonly seconds: number;
}

/** Publishes events for one organization, to the nodes in turn, over kept connections, with bodies made beforehand. */
export class Publisher {
  readonly #pools: readonly Pool[];
  readonly #headers: Record<string, string>;

  #turns = 0;

  constructor({ urls, apiKey }: Tenant, connections = 128) {
    this.#pools = urls.map((url) => new Pool(url, { connections, pipelining: 1 }));
    this.#headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  }

  /** As fast as the answers come. */
  async closedLoop({ events, concurrency, mayStart }: ClosedLoop): Promise<Publication[]> {
    const publications: Publication[] = [];
    let started = 0;
    const work = async () => {
      while (started < events) {
        const index = started++;
        await mayStart?.(index);
        publications.push(await this.#publish(sharedNow()));
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, events) }, work));
    return publications;
  }

  /**
   * At a fixed pace that no slow answer slows down. Whoever measures from `dueAt` counts also what a stall did to the
   * events that had to wait behind it (coordinated omission).
   */
  async openLoop({ rate, seconds }: OpenLoop): Promise<Publication[]> {
    const count = Math.max(1, Math.round(rate * seconds));
    const start = sharedNow() + 5;
    const dueAt = (index: number) => start + (index * 1000) / rate;
    const publishing: Promise<Publication>[] = [];
    while (publishing.length < count) {
      const wait = dueAt(publishing.length) - sharedNow();
      if (wait > 0) await pause(wait);
      while (publishing.length < count && dueAt(publishing.length) <= sharedNow()) {
        publishing.push(this.#publish(dueAt(publishing.length)));
      }
    }
    return Promise.all(publishing);
  }

  /** Many events in one request. */
  async batch(events: number): Promise<void> {
    await this.#post('/v1/events/batch', batchBody(events));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #publish(dueAt: number): Promise<Publication> {
    const sentAt = sharedNow();
    const { id } = (await this.#post('/v1/events', publishBody)) as { id: string };
    return { id, dueAt, sentAt, answeredAt: sharedNow() };
  }

  async #post(path: string, body: string): Promise<unknown> {
    const pool = this.#pools[this.#turns++ % this.#pools.length];
    if (!pool) throw new Error('There is no node to publish to.');
    const answer = await pool.request({ path, method: 'POST', headers: this.#headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 202) throw new Error(`The server answered ${answer.statusCode}: ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
}
