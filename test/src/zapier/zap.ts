import { randomUUID } from 'node:crypto';
import type { Received } from '../harness/receiver.ts';
import { Receiver } from '../harness/receiver.ts';
import type { Lambda, Outcome } from './lambda.ts';

/** The connection that a customer made: the fields of the app's authentication. */
export interface Connection {
  readonly server_url: string;
  readonly api_key: string;
}

/** A request as Zapier hands it to `perform`. */
export interface CaughtRequest {
  readonly rawRequest: {
    readonly method: string;
    readonly querystring: string;
    readonly headers: Record<string, string>;
    readonly content: string;
  };
  readonly cleanedRequest: Record<string, unknown>;
}

/** What `performSubscribe` answered. */
export interface Subscription {
  readonly id: string;
  readonly signing_secret: string;
}

export type Item = Readonly<Record<string, unknown>>;

/** One Zap: a trigger of the app, a connection, and the hook that Zapier made for it. */
export class Zap {
  readonly id = Math.floor(Math.random() * 1e9);
  readonly hook: Receiver;
  readonly #app: Lambda;
  readonly #trigger: string;
  readonly #bundle: Record<string, unknown>;
  #path = newPath();
  #subscription: Subscription | undefined;

  private constructor(app: Lambda, trigger: string, hook: Receiver, bundle: Record<string, unknown>) {
    this.#app = app;
    this.#trigger = trigger;
    this.hook = hook;
    this.#bundle = bundle;
  }

  static async draft(app: Lambda, trigger: string, connection: Connection, inputData: Item = {}): Promise<Zap> {
    const taken = { status: 'success', id: randomUUID(), request_id: randomUUID(), attempt: randomUUID() };
    const hook = await Receiver.start({ body: JSON.stringify(taken) });
    return new Zap(app, trigger, hook, { authData: connection, inputData });
  }

  get subscription(): Subscription {
    if (!this.#subscription) throw new Error('The Zap was never turned on.');
    return this.#subscription;
  }

  get targetUrl(): string {
    return this.hook.url(this.#path);
  }

  /** What the editor shows when the trigger is tested. */
  async samples(): Promise<readonly Item[]> {
    return (await this.#run<Item[]>('performList', { meta: { isLoadingSample: true } })).results;
  }

  async turnOn(): Promise<Outcome<Subscription>> {
    const meta = { zap: { id: this.id } };
    const outcome = await this.#run<Subscription>('performSubscribe', { targetUrl: this.targetUrl, meta });
    this.#subscription = outcome.results;
    return outcome;
  }

  /** The next time that it is on, it has another URL, as at Zapier. */
  async turnOff(): Promise<void> {
    await this.#run('performUnsubscribe', { targetUrl: this.targetUrl, subscribeData: this.subscription });
    this.#path = newPath();
  }

  /** Runs the Zap on a request to its hook; with none of the items nothing is triggered. */
  async perform(request: CaughtRequest): Promise<Outcome<readonly Item[]>> {
    return this.#run('perform', { ...request, subscribeData: this.subscription });
  }

  /** Waits for the n-th request to the hook (from 0) and runs the Zap on it. */
  async run(index = 0): Promise<Item | undefined> {
    const { results } = await this.perform(caught(await this.hook.request(index)));
    return results[0];
  }

  #run<T>(method: string, bundle: Record<string, unknown>): Promise<Outcome<T>> {
    return this.#app.execute<T>(`triggers.${this.#trigger}.operation.${method}`, { ...this.#bundle, ...bundle });
  }
}

function newPath(): string {
  return `/hooks/standard/12345678/${randomUUID().replaceAll('-', '')}/`;
}

/**
 * Turns a request into what Zapier makes of it ("bundle.rawRequest", "bundle.cleanedRequest"): "headers other than
 * Content-Length and Content-Type will be prefixed with Http-, and all headers will be named in Camel-Case"; the cleaned
 * request is the body's fields and a `querystring`.
 */
export function caught({ method, path, rawHeaders, body }: Received): CaughtRequest {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  const headers = names.map((name, index): [string, string] => [zapierName(name), rawHeaders[2 * index + 1] ?? '']);
  const query = new URL(path, 'http://hooks').searchParams;
  return {
    rawRequest: { method, querystring: query.toString(), headers: Object.fromEntries(headers), content: body },
    cleanedRequest: { ...JSON.parse(body), querystring: Object.fromEntries(query) },
  };
}

function zapierName(name: string): string {
  const camel = name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, (letters) => letters.toUpperCase());
  return camel === 'Content-Length' || camel === 'Content-Type' ? camel : `Http-${camel}`;
}
