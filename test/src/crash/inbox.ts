import { createHash } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Random } from '@bellhop/server/test/store/conformance/random';
import { Tally } from './tally.ts';

/** What an event carries to say which one it is. */
export interface Mark {
  readonly publisher: number;
  /** Of this publisher, from 0. */
  readonly sequence: number;
}

/** An event as a receiver came to know it. */
export interface Arrival extends Mark {
  readonly id: string;
  /** Of the first copy's body. */
  readonly hash: string;
  copies: number;
  accepted: boolean;
  /** Whether a later copy had another body. */
  changed: boolean;
}

/** How often a receiver does not do as it should, of all requests. */
export interface Moods {
  /** It answers 500. */
  readonly refuses: number;
  /** It closes the connection: before an answer, or in the middle of it. */
  readonly hangsUp: number;
}

/** The receiver of one webhook, which sometimes fails, and remembers what it got. */
export class Inbox {
  /** In the order in which the events came for the first time. */
  readonly arrivals = new Map<string, Arrival>();
  /** Events that were answered with 200. */
  readonly accepted = new Tally();
  /** Requests that were not. */
  failures = 0;
  readonly #server: Server;
  readonly #random: Random;
  readonly #moods: Moods;

  private constructor(random: Random, moods: Moods) {
    this.#random = random;
    this.#moods = moods;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(random: Random, moods: Moods): Promise<Inbox> {
    const inbox = new Inbox(random, moods);
    await new Promise<void>((resolve) => inbox.#server.listen(0, '127.0.0.1', resolve));
    return inbox;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    // The server died while it wrote the request: nothing has arrived.
    if (body === undefined) return;
    const arrival = this.#note(body);
    await new Promise((resolve) => setTimeout(resolve, this.#random.below(5)));
    if (this.#random.chance(this.#moods.hangsUp)) this.#hangUp(response);
    else if (this.#random.chance(this.#moods.refuses)) this.#refuse(response);
    else this.#accept(arrival, response);
  }

  #note(body: string): Arrival {
    const { id, data } = JSON.parse(body) as { id: string; data: { mark: Mark } };
    const hash = createHash('sha256').update(body).digest('base64');
    const known = this.arrivals.get(id);
    if (known) {
      known.copies += 1;
      known.changed ||= known.hash !== hash;
      return known;
    }
    const arrival: Arrival = { id, ...data.mark, hash, copies: 1, accepted: false, changed: false };
    this.arrivals.set(id, arrival);
    return arrival;
  }

  #accept(arrival: Arrival, response: ServerResponse): void {
    response.end('ok');
    if (arrival.accepted) return;
    arrival.accepted = true;
    this.accepted.add(1);
  }

  #refuse(response: ServerResponse): void {
    this.failures += 1;
    response.writeHead(500).end();
  }

  #hangUp(response: ServerResponse): void {
    this.failures += 1;
    if (this.#random.chance(0.5)) {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half', () => response.destroy());
    } else {
      response.destroy();
    }
  }
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
