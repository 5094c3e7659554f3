import type { Dispatcher } from 'undici';
import { endedAfterUse } from './connections.ts';
import {
  type Explanation,
  explainAbort,
  explainError,
  explainTimeout,
  explainWithdrawal,
  isLostConnection,
  type Progress,
} from './explain.ts';
import { TargetAgent } from './http-agent.ts';
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
  /**
   * Asked when a connection is ready and the request is about to be written, as waiting for that can take most of the
   * deadline. On `false` nothing is sent, and the result is the error `withdrawn`. Default: always wanted.
   */
  readonly wanted?: () => boolean;
}

const defaultMaxBodyBytes = 16_384;

/**
 * Sends one POST and reads the answer. Never rejects.
 *
 * When the body grows beyond `maxBodyBytes` the answer counts as complete and the connection is destroyed. Draining
 * it to keep the connection would let a receiver decide how much this server reads.
 *
 * A receiver may close a kept connection at the moment the next request goes out on it. Then the request is repeated
 * once, on a connection of its own and within the same deadline. RFC 9110 section 9.2.2 allows that where a repetition
 * does no harm: a receiver knows a delivery by its id.
 *
 * @param agent from createTargetAgent(), which decides where requests may go
 */
export function post(agent: Dispatcher, request: PostRequest, limits: PostLimits): Promise<HttpResult> {
  return new Promise((resolve) => {
    new Exchange(agent, request, limits, resolve).start();
  });
}

/** The reason undici is given when a request is cut off. Nobody sees it: the result is settled before. */
const cutOff = new Error('cut off');

/** One request and its answer. Settles once, by whichever comes first: the answer, an error, the deadline, shutdown. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #agent: Dispatcher;
  readonly #request: PostRequest;
  readonly #limits: PostLimits;
  readonly #resolve: (result: HttpResult) => void;
  readonly #body: ResponseBody;
  readonly #startedAt = performance.now();
  #url: URL | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  /** The first byte of an answer has come. */
  #answered = false;
  #repeated = false;
  #status: number | undefined;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #settled = false;

  constructor(agent: Dispatcher, request: PostRequest, limits: PostLimits, resolve: (result: HttpResult) => void) {
    this.#agent = agent;
    this.#request = request;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#body = new ResponseBody(limits.maxBodyBytes ?? defaultMaxBodyBytes);
  }

  start(): void {
    const { deadlineMs, signal } = this.#limits;
    const url = URL.parse(this.#request.url);
    if (!url || !/^https?:$/.test(url.protocol)) this.#fail(unreadableUrl);
    else if (signal?.aborted) this.#fail(explainAbort());
    else {
      this.#url = url;
      this.#timer = setTimeout(Exchange.#deadlinePassed, deadlineMs, this);
      if (signal) this.#stopListening = onShutdown(signal, () => this.#cutOff(explainAbort()));
      this.#dispatch(url);
    }
  }

  #dispatch({ origin, pathname, search }: URL): void {
    const { headers, body } = this.#request;
    const options = { origin, path: pathname + search, method: 'POST', headers, body } as const;
    try {
      // `reset` makes the agent open a connection for this request alone.
      this.#agent.dispatch(this.#repeated ? { ...options, reset: true } : options, this);
    } catch (error) {
      this.#fail(explainError(error, this.#progress()));
    }
  }

  /** A connection is ready and the request is about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (!this.#settled && this.#limits.wanted?.() === false) this.#fail(explainWithdrawal());
    if (this.#settled) controller.abort(cutOff);
    else this.#controller = controller;
  }

  onResponseStarted(): void {
    this.#answered = true;
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
    if (this.#settled) return;
    if (this.#url && this.#isKeepAliveRace(error)) this.#repeat(this.#url);
    else this.#fail(explainError(error, this.#progress()));
  }

  /** The connection ended under the request, without a byte of an answer, and had served an earlier request. */
  #isKeepAliveRace(error: Error): boolean {
    return !this.#repeated && !this.#answered && isLostConnection(error) && endedAfterUse(error);
  }

  #repeat(url: URL): void {
    this.#repeated = true;
    this.#controller = undefined;
    // Not at once: the client is still putting away the connection that ended.
    queueMicrotask(() => {
      if (!this.#settled) this.#dispatch(url);
    });
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
      throughProxy: this.#agent instanceof TargetAgent && this.#agent.throughProxy,
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
