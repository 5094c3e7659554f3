/** A server-sent event as it came. */
export interface StreamEvent {
  readonly event: string;
  readonly id: string;
  /** Parsed. */
  readonly data: Record<string, unknown>;
}

interface Waiting {
  readonly count: number;
  readonly resolve: () => void;
}

/** A stream of server-sent events, read as a browser reads it. */
export class EventStream {
  readonly headers: Headers;
  readonly events: StreamEvent[] = [];
  /** Comments, and fields that are no part of an event, such as `retry`. */
  readonly others: string[] = [];
  /** Resolves when the server has ended it, or it was closed. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;
  #waiting: Waiting[] = [];

  private constructor(response: Response, abort: AbortController) {
    this.headers = response.headers;
    this.#abort = abort;
    this.ended = this.#read(response);
  }

  /** @throws {Error} with the status and the body, when it is not answered with a stream. */
  static async open(url: string, apiKey: string): Promise<EventStream> {
    const abort = new AbortController();
    const response = await fetch(url, { headers: { authorization: `Bearer ${apiKey}` }, signal: abort.signal });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return new EventStream(response, abort);
  }

  get ids(): string[] {
    return this.events.map(({ id }) => id);
  }

  /** Resolves with all events once there are at least so many. */
  async atLeast(count: number): Promise<readonly StreamEvent[]> {
    if (this.events.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    }
    return this.events;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.ended;
  }

  async #read({ body }: Response): Promise<void> {
    let text = '';
    try {
      for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch {
      // Broken off, by either side.
    }
  }

  #take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
    const data = fields.get('data');
    if (data === undefined) {
      this.others.push(block);
      return;
    }
    this.events.push({ event: fields.get('event') ?? '', id: fields.get('id') ?? '', data: JSON.parse(data) });
    const ready = this.#waiting.filter(({ count }) => count <= this.events.length);
    this.#waiting = this.#waiting.filter(({ count }) => count > this.events.length);
    for (const { resolve } of ready) resolve();
  }
}
