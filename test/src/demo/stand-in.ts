import { randomBytes, randomUUID } from 'node:crypto';
import type { PlatformId } from '@bellhop/shared';
import { platformProfile } from '@bellhop/shared';
import type { Answer, Received } from '../harness/receiver.ts';
import { Receiver } from '../harness/receiver.ts';

export const demoPlatforms = ['custom', 'zapier', 'make', 'n8n'] as const satisfies readonly PlatformId[];

export type DemoPlatform = (typeof demoPlatforms)[number];

/** What each platform answers to a request that it takes. */
export type Answers = Readonly<Record<DemoPlatform, () => Answer>>;

export const usualAnswers: Answers = {
  custom: () => ({ status: 200, body: 'ok' }),
  zapier: () => json({ attempt: randomUUID(), id: randomUUID(), request_id: randomUUID(), status: 'success' }),
  make: () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'Accepted' }),
  n8n: () => json({ message: 'Workflow was started' }),
};

/** Paths as the platforms hand them out. */
const newPath: Readonly<Record<DemoPlatform, () => string>> = {
  custom: () => `/webhooks/${randomUUID()}`,
  zapier: () => `/hooks/standard/12345678/${randomBytes(16).toString('hex')}/`,
  make: () => `/${randomBytes(16).toString('hex')}`,
  n8n: () => `/webhook/${randomUUID()}/webhook`,
};

interface Waiting {
  readonly matches: (request: Received) => boolean;
  readonly resolve: (request: Received) => void;
}

/** A receiver on this machine that hands out URLs and answers as a platform does. */
export class StandIn {
  readonly platform: DemoPlatform;
  readonly #receiver: Receiver;
  readonly #exceptions = new Map<string, Answer[]>();
  readonly #waiting = new Set<Waiting>();
  #untaken: Received[] = [];

  private constructor(platform: DemoPlatform, receiver: Receiver, answer: () => Answer) {
    this.platform = platform;
    this.#receiver = receiver;
    receiver.answer((request) => {
      this.#arrived(request);
      return this.#exceptions.get(request.path)?.shift() ?? answer();
    });
  }

  static async start(platform: DemoPlatform, answer: () => Answer): Promise<StandIn> {
    return new StandIn(platform, await Receiver.start(), answer);
  }

  get name(): string {
    return platformProfile(this.platform).name;
  }

  get origin(): string {
    return new URL(this.#receiver.url()).origin;
  }

  /** Requests that nobody took: nobody expected them. */
  get untaken(): readonly Received[] {
    return this.#untaken;
  }

  newUrl(): string {
    return this.#receiver.url(newPath[this.platform]());
  }

  /** Requests to this URL get these answers first, then the usual one. */
  answerFirst(url: string, ...answers: readonly Answer[]): void {
    this.#exceptions.set(new URL(url).pathname, [...answers]);
  }

  /** The first request to this URL that matches and was not taken before; undefined when none comes in time. */
  take(url: string, matches: (request: Received) => boolean, milliseconds: number): Promise<Received | undefined> {
    const wanted = (request: Received) => request.path === new URL(url).pathname && matches(request);
    const present = this.#untaken.find(wanted);
    this.#untaken = this.#untaken.filter((request) => request !== present);
    if (present) return Promise.resolve(present);
    return new Promise((resolve) => {
      const waiting = { matches: wanted, resolve };
      this.#waiting.add(waiting);
      setTimeout(() => {
        this.#waiting.delete(waiting);
        resolve(undefined);
      }, milliseconds).unref();
    });
  }

  stop(): Promise<void> {
    return this.#receiver.stop();
  }

  #arrived(request: Received): void {
    const waiting = [...this.#waiting].find(({ matches }) => matches(request));
    if (!waiting) {
      this.#untaken.push(request);
      return;
    }
    this.#waiting.delete(waiting);
    waiting.resolve(request);
  }
}

function json(body: Record<string, string>): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
