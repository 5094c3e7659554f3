import type { Dispatcher } from 'undici';
import { type Explanation, explainAbort, explainError, explainTimeout, type Progress } from './explain.ts';
import type { HttpResult } from './http-result.ts';
import { ResponseBody } from './response-body.ts';
import { onShutdown } from './shutdown.ts';

export type { HttpErrorCode, HttpFailure, HttpResponse, HttpResult } from './http-result.ts';

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostLimits {
  /** Milliseconds from now to the last byte of the answer, finding the address and connecting included. */
  readonly deadlineMs: number;
  /** Bytes of the answer's body to keep. Default: 16,384. */
  readonly maxBodyBytes?: number;
  /** Aborted when the server shuts down. */
  readonly signal?: AbortSignal;
}

const defaultMaxBodyBytes = 16_384;

/**
 * Sends one POST and reads the answer. Never rejects.
 *
 * When the body grows beyond `maxBodyBytes` the answer counts as complete and the connection is destroyed. Draining
 * it to keep the connection would let a receiver decide how much this server reads.
 *
 * @param agent from createTargetAgent(), which decides where requests may go
 */
export function post(agent: Dispatcher, request: PostRequest, limits: PostLimits): Promise<HttpResult> {
  return new Promise((resolve) => {
    new Exchange(limits, resolve).start(agent, request);
  });
}

/** The reason undici is given when a request is cut off. Nobody sees it: the result is settled before. */
const cutOff = new Error('cut off');

/** One request and its answer. Settles once, by whichever comes first: the answer, an error, the deadline, shutdown. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #limits: PostLimits;
  readonly #resolve: (result: HttpResult) => void;
  readonly #body: ResponseBody;
  readonly #startedAt = performance.now();
  #url: URL | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #settled = false;

  constructor(limits: PostLimits, resolve: (result: HttpResult) => void) {
    this.#limits = limits;
    this.#resolve = resolve;
    this.#body = new ResponseBody(limits.maxBodyBytes ?? defaultMaxBodyBytes);
  }

  start(agent: Dispatcher, { url, headers, body }: PostRequest): void {
    const { deadlineMs, signal } = this.#limits;
    const parsed = URL.parse(url);
    this.#url = parsed;
    if (!parsed || !/^https?:$/.test(parsed.protocol)) this.#fail(unreadableUrl);
    else if (signal?.aborted) this.#fail(explainAbort());
    else {
      this.#timer = setTimeout(Exchange.#deadlinePassed, deadlineMs, this);
      if (signal) this.#stopListening = onShutdown(signal, () => this.#cutOff(explainAbort()));
      const { origin, pathname, search } = parsed;
      this.#dispatch(agent, { origin, path: pathname + search, method: 'POST', headers, body });
    }
  }

  #dispatch(agent: Dispatcher, options: Dispatcher.DispatchOptions): void {
    try {
      agent.dispatch(options, this);
    } catch (error) {
      this.#fail(explainError(error, this.#progress()));
    }
  }

  /** A connection is ready and the request is about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) controller.abort(cutOff);
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // RFC 9110 section 15.2: interim responses come before the answer, any number of them.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled || this.#body.append(chunk)) return;
    this.#settle(this.#response(true));
    controller.abort(cutOff);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    const response = this.#response(false);
    this.#stop();
    // undici takes the connection back in the next immediate. A caller that went on before would find it busy, and its
    // next request would open another.
    queueMicrotask(() => setImmediate(this.#resolve, response));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#settled) this.#fail(explainError(error, this.#progress()));
  }

  static #deadlinePassed(exchange: Exchange): void {
    exchange.#cutOff(explainTimeout(exchange.#limits.deadlineMs, exchange.#progress()));
  }

  /** Stops a request under way. One that still waits for its connection is stopped when it gets it, and never sent. */
  #cutOff(why: Explanation): void {
    this.#fail(why);
    this.#controller?.abort(cutOff);
  }

  #progress(): Progress {
    return {
      host: this.#url?.host ?? '',
      encrypted: this.#url?.protocol === 'https:',
      connected: this.#controller !== undefined,
      status: this.#status,
    };
  }

  #response(truncated: boolean): HttpResult {
    return {
      kind: 'response',
      status: this.#status ?? 0,
      headers: flatten(this.#headers),
      body: this.#body.toString(),
      truncated,
      durationMs: this.#elapsed(),
    };
  }

  #fail({ code, message }: Explanation): void {
    const failure = { kind: 'error', code, message, durationMs: this.#elapsed() } as const;
    this.#settle(this.#status === undefined ? failure : { ...failure, status: this.#status });
  }

  #settle(result: HttpResult): void {
    if (this.#settled) return;
    this.#stop();
    this.#resolve(result);
  }

  #stop(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#stopListening?.();
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}

const unreadableUrl: Explanation = {
  code: 'target_refused',
  message: "The webhook's URL cannot be read. Write it in full, such as https://example.com/webhooks.",
};

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}
