import type { Request, Response } from 'express';
import type { Clock } from '../clock.ts';
import { ProblemError } from '../problem.ts';

/** Proxies commonly close a connection that is silent for a minute. */
const heartbeatMs = 15_000;
/** The caller's access is checked again at every fourth heartbeat. */
const beatsPerCheck = 4;
/** How soon a browser reconnects after a stream has ended. */
const retryMs = 2000;

export interface StreamItem {
  readonly id: string;
}

export interface StreamOptions {
  /** The name of the server-sent events. */
  readonly name: string;
  /** Throws a {@link ProblemError} once the caller has lost access; called about once a minute. */
  readonly authorize: () => Promise<unknown>;
}

/**
 * Responds with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), one per item. A
 * stream ends when its items end, the client disconnects or stalls, its key or session ends, or the server stops.
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

  /** Ends all open streams and starts no more. */
  stop(): void {
    this.#stopped = true;
    for (const stream of this.#open) stream.end();
  }
}

class EventStream {
  readonly #response: Response;
  readonly #items: AsyncIterator<StreamItem>;
  readonly #options: StreamOptions & { readonly clock: Clock };
  #started = false;
  #ended = false;
  /** The client had unread data at the last heartbeat. */
  #stalled = false;
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
    this.#started = true;
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
      // With keep-alive, a stopping server would wait until the connection is idle.
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

  /** Ends the stream now; what the client has not read is lost. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimer();
    void this.#items.return?.();
    const response = this.#response;
    if (!this.#started || response.destroyed) return;
    // end() waits until the client has read everything, which can be never.
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

  /** False when the buffer is full, or the stream has ended. */
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
    const wasStalled = this.#stalled;
    this.#stalled = this.#response.writableNeedDrain;
    if (this.#stalled && wasStalled) this.end();
    this.#beats += 1;
    if (this.#beats % beatsPerCheck === 0) await this.#check();
    if (!this.#stalled) this.#send(':\n\n');
  }

  async #check(): Promise<void> {
    try {
      await this.#options.authorize();
    } catch (error) {
      // A store error decides nothing; the next check does.
      if (error instanceof ProblemError) this.end();
    }
  }
}

/** Resolves when the client has read what was sent, or has disconnected. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
