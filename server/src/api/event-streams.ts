import type { Request, Response } from 'express';
import type { Clock } from '../clock.ts';
import { ProblemError } from '../problem.ts';

/** Often enough for proxies, which mostly break off what is silent for a minute. */
const heartbeatMs = 15_000;
/** With every so many heartbeats it is asked whether the caller may still read. */
const beatsPerCheck = 4;
/** How soon a browser connects again when a stream has ended. */
const retryMs = 2000;

/** What is streamed has an id. */
export interface StreamItem {
  readonly id: string;
}

export interface StreamOptions {
  /** The name of its events. */
  readonly name: string;
  /** Throws a {@link ProblemError} when the caller may not read it any more; asked about once a minute. */
  readonly allowed: () => Promise<unknown>;
}

/**
 * Answers with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): one per item, until
 * there are no more, the client goes away or takes nothing for too long, its key or session ends, or the server stops.
 */
export class EventStreams {
  readonly #clock: Clock;
  readonly #open = new Set<EventStream>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the stream has ended. @throws {ProblemError} `unavailable`, when the server is stopping. */
  async answer(
    request: Request,
    response: Response,
    items: AsyncIterable<StreamItem>,
    options: StreamOptions,
  ): Promise<void> {
    const stream = new EventStream(response, items[Symbol.asyncIterator](), { ...options, clock: this.#clock });
    if (this.#stopped) {
      stream.end();
      throw new ProblemError('unavailable', 'The server is stopping. Try again in a moment.');
    }
    this.#open.add(stream);
    try {
      await stream.run(request.method === 'HEAD');
    } finally {
      this.#open.delete(stream);
    }
  }

  /** Ends all that are open, and begins no more. */
  stop(): void {
    this.#stopped = true;
    for (const stream of this.#open) stream.end();
  }
}

class EventStream {
  readonly #response: Response;
  readonly #items: AsyncIterator<StreamItem>;
  readonly #options: StreamOptions & { readonly clock: Clock };
  #begun = false;
  #ended = false;
  /** Whether the client has taken nothing since the last heartbeat. */
  #stuck = false;
  #beats = 0;
  #cancelTimer: () => void = () => {};

  constructor(
    response: Response,
    items: AsyncIterator<StreamItem>,
    options: StreamOptions & { readonly clock: Clock },
  ) {
    this.#response = response;
    this.#items = items;
    this.#options = options;
  }

  async run(headersOnly: boolean): Promise<void> {
    const response = this.#response;
    response.once('close', () => this.end());
    if (response.destroyed) this.end();
    if (this.#ended) return;
    this.#begun = true;
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      // A server that stops would have to wait until it is idle.
      Connection: 'close',
    });
    if (headersOnly) this.end();
    this.#send(`retry: ${retryMs}\n\n`);
    this.#beatLater();
    try {
      await this.#write();
    } finally {
      this.end();
    }
  }

  /** Ends it now; what the client has not taken by then it does not get. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimer();
    void this.#items.return?.();
    const response = this.#response;
    if (!this.#begun || response.destroyed) return;
    // The end would wait until everything before it was taken, which may be never.
    if (response.writableNeedDrain) response.destroy();
    else response.end();
  }

  async #write(): Promise<void> {
    while (!this.#ended) {
      const { done, value } = await this.#items.next();
      if (done) return;
      const sent = this.#send(`event: ${this.#options.name}\nid: ${value.id}\ndata: ${JSON.stringify(value)}\n\n`);
      if (!sent && !this.#ended) await drained(this.#response);
    }
  }

  /** False when no more should be sent for now. */
  #send(text: string): boolean {
    return !this.#ended && !this.#response.destroyed && this.#response.write(text);
  }

  #beatLater(): void {
    if (this.#ended) return;
    this.#cancelTimer = this.#options.clock.after(heartbeatMs, () => {
      void this.#beat().then(() => this.#beatLater());
    });
  }

  /** Never throws. */
  async #beat(): Promise<void> {
    const wasStuck = this.#stuck;
    this.#stuck = this.#response.writableNeedDrain;
    if (this.#stuck && wasStuck) this.end();
    this.#beats += 1;
    if (this.#beats % beatsPerCheck === 0) await this.#check();
    if (!this.#stuck) this.#send(':\n\n');
  }

  async #check(): Promise<void> {
    try {
      await this.#options.allowed();
    } catch (error) {
      // When the store cannot say, the next check will.
      if (error instanceof ProblemError) this.end();
    }
  }
}

/** Resolves when the client has taken what it was sent, or is gone. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
