import type { Socket } from 'node:net';
import { type Dispatcher, errors } from 'undici';
import { remainsOf } from './connections.ts';
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
import type { HttpErrorCode, HttpResult } from './http-result.ts';
import { onRequestSocket } from './request-socket.ts';
import { type ReceivedHeaders, toResponse } from './response.ts';
import { ResponseBody } from './response-body.ts';
import { onShutdown } from './shutdown.ts';

export type { HttpErrorCode, HttpFailure, HttpResponse, HttpResult } from './http-result.ts';

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostLimits {
  /** Milliseconds for the whole exchange, including DNS and connecting, up to the last byte of the response. */
  readonly deadlineMs: number;
  /** Bytes of the response body to keep. Default: 16,384. */
  readonly maxBodyBytes?: number;
  /** Aborted when the server shuts down. */
  readonly signal?: AbortSignal;
  /**
   * Called when a connection is ready, just before the request is written: waiting for one can take most of the
   * deadline. On `false`, nothing is sent and the result is the error `withdrawn`. Default: always true.
   */
  readonly wanted?: () => boolean;
}

const defaultMaxBodyBytes = 16_384;

/**
 * Sends one POST and reads the response. Never rejects.
 *
 * Once the body exceeds `maxBodyBytes`, the response counts as complete and the connection is destroyed. Draining the
 * body to reuse the connection would let a receiver decide how much this server reads.
 *
 * A receiver can close a kept-alive connection just as the next request is sent on it. The request is then repeated
 * once, on a new connection and within the same deadline. RFC 9110 section 9.2.2 allows this, as repetition is
 * harmless: receivers recognize a delivery by its id.
 *
 * @param agent from createTargetAgent(), which enforces the target policy
 */
export function post(agent: Dispatcher, request: PostRequest, limits: PostLimits): Promise<HttpResult> {
  return new Promise((resolve) => {
    new Exchange(agent, request, limits, resolve).start();
  });
}

type Resolve = (result: HttpResult | Promise<HttpResult>) => void;

/** The abort reason given to undici. Not reported: the result is settled before. */
const cutOff = new Error('cut off');

/** One request and its response. Settles once, by the response, an error, the deadline or shutdown. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #agent: Dispatcher;
  readonly #request: PostRequest;
  readonly #limits: PostLimits;
  readonly #resolve: Resolve;
  readonly #maxBodyBytes: number;
  readonly #body: ResponseBody;
  readonly #startedAt = performance.now();
  #url: URL | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #repeated = false;
  #socket: Socket | undefined;
  #status: number | undefined;
  #headers: ReceivedHeaders = {};
  #settled = false;

  constructor(agent: Dispatcher, request: PostRequest, limits: PostLimits, resolve: Resolve) {
    this.#agent = agent;
    this.#request = request;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#maxBodyBytes = limits.maxBodyBytes ?? defaultMaxBodyBytes;
    this.#body = new ResponseBody(this.#maxBodyBytes);
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
      // `reset` makes the agent open a new connection.
      this.#agent.dispatch(this.#repeated ? { ...options, reset: true } : options, this);
    } catch (error) {
      this.#failedBy(error);
    }
  }

  /** A connection is ready and the request is about to be written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (!this.#settled && this.#limits.wanted?.() === false) this.#fail(explainWithdrawal());
    if (this.#settled) controller.abort(cutOff);
    else this.#controller = controller;
    onRequestSocket((socket) => {
      this.#socket = socket;
    });
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ReceivedHeaders): void {
    // RFC 9110 section 15.2: any number of interim responses can precede the final one.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled || this.#body.append(chunk)) return;
    this.#settle(this.#response(this.#status ?? 0, 'truncated'));
    controller.abort(cutOff);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    const response = this.#response(this.#status ?? 0, 'whole');
    this.#stop();
    // undici returns the connection to its pool in the next immediate. A request sent earlier would open another one.
    queueMicrotask(() => setImmediate(this.#resolve, response));
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#settled) return;
    const status = this.#status ?? remainsOf(error).status;
    if (this.#url && this.#isKeepAliveRace(error)) this.#repeat(this.#url);
    // Read up to a limit, like a body: what the receiver decided is known, and it is not asked again.
    else if (error instanceof errors.HeadersOverflowError && status !== undefined)
      this.#settle(this.#response(status, 'overflow'));
    else this.#failedBy(error);
  }

  /** The connection had served an earlier request and ended without a byte of a response to this one. */
  #isKeepAliveRace(error: Error): boolean {
    return !this.#repeated && isLostConnection(error) && remainsOf(error).unanswered;
  }

  #repeat(url: URL): void {
    this.#repeated = true;
    this.#suspectAddress();
    this.#controller = undefined;
    // Deferred, as the client is still removing the connection that ended.
    queueMicrotask(() => {
      if (!this.#settled) this.#dispatch(url);
    });
  }

  static #deadlinePassed(exchange: Exchange): void {
    exchange.#cutOff(explainTimeout(exchange.#limits.deadlineMs, exchange.#progress()));
  }

  /** Stops a request. One that still waits for a connection is stopped when it gets one, and never sent. */
  #cutOff(why: Explanation): void {
    this.#fail(why);
    this.#controller?.abort(cutOff);
  }

  #progress(): Progress {
    return {
      host: this.#url?.host ?? '',
      encrypted: this.#url?.protocol === 'https:',
      opening: this.#agent instanceof TargetAgent && this.#url ? this.#agent.stageOf(this.#url.origin) : undefined,
      connected: this.#controller !== undefined,
      unsent: (this.#socket?.writableLength ?? 0) > 0,
      status: this.#status,
    };
  }

  /** What has been read of the response: to the end of its body, to the limit for the body, or to that for the headers. */
  #response(status: number, end: 'whole' | 'truncated' | 'overflow'): HttpResult | Promise<HttpResult> {
    if (status >= 400) this.#suspectAddress();
    const received = {
      status,
      headers: this.#headers,
      body: this.#body.bytes,
      truncated: end === 'truncated',
      overflow: end === 'overflow',
      durationMs: this.#elapsed(),
    };
    return toResponse(received, this.#maxBodyBytes);
  }

  #failedBy(error: unknown): void {
    this.#fail(explainError(error, this.#progress()), systemCodeOf(error));
  }

  #fail({ code, message, detail }: Explanation, system?: string): void {
    if (addressFailures.includes(code)) this.#suspectAddress();
    this.#settle({
      kind: 'error',
      code,
      message,
      durationMs: this.#elapsed(),
      ...(this.#status === undefined ? {} : { status: this.#status }),
      ...(this.#controller ? { connected: true } : {}),
      ...(system === undefined ? {} : { system }),
      ...(detail === undefined ? {} : { detail }),
    });
  }

  /** The next request should not meet the same, if the name leads elsewhere by now. */
  #suspectAddress(): void {
    if (this.#controller && this.#url && this.#agent instanceof TargetAgent) this.#agent.suspect(this.#url.origin);
  }

  #settle(result: HttpResult | Promise<HttpResult>): void {
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

/** Of several addresses, the first one's. */
function systemCodeOf(error: unknown): string | undefined {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const { code, syscall } = (first ?? {}) as NodeJS.ErrnoException;
  return syscall === undefined ? undefined : code;
}

/** Those that can be the fault of the address that was asked. */
const addressFailures: readonly HttpErrorCode[] = ['timeout', 'reset', 'network', 'protocol'];

const unreadableUrl: Explanation = {
  code: 'target_refused',
  message: "The webhook's URL is invalid. Write it in full, such as https://example.com/webhooks.",
};
