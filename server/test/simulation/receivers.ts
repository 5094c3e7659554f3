import type { RenderedRequest } from '../../src/attempt/render.ts';
import type { HttpResult } from '../../src/target/post.ts';
import type { Random } from '../store/conformance/random.ts';
import type { Tables } from './store/tables.ts';
import type { Timeline } from './timeline.ts';
import type { Sending, Watch } from './watch.ts';

/** How a receiver answers. */
export interface Manners {
  readonly fromMs: number;
  readonly toMs: number;
  /** How many requests are answered 500, 429 or not at all; the others are taken. */
  readonly failing: number;
  readonly busy: number;
  readonly silent: number;
}

const well: Manners = { fromMs: 1, toMs: 20, failing: 0, busy: 0, silent: 0 };

/** Seconds between the attempts of every webhook. */
export const retrySchedule = [1, 2, 4];

export interface ReceiversParts {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly tables: Tables;
  readonly watch: Watch;
  /** How long it takes at most until a request goes onto the wire. */
  readonly connectMs: number;
}

/** Those whom webhooks call: they answer by their manners, until all are well. */
export class Receivers {
  readonly manners = new Map<string, Manners>();
  areAllWell = false;
  readonly #parts: ReceiversParts;

  constructor(parts: ReceiversParts) {
    this.#parts = parts;
  }

  post(
    by: Sending,
    request: RenderedRequest,
    {
      deadlineMs,
      wanted,
      signal,
    }: { readonly deadlineMs: number; readonly wanted: () => boolean; readonly signal: AbortSignal },
  ): Promise<HttpResult> {
    const { timeline, random, connectMs } = this.#parts;
    const at = timeline.now;
    return new Promise((resolve) => {
      const abort = () => resolve(failure('aborted', timeline.now - at));
      signal.addEventListener('abort', abort);
      const connected = () => {
        if (signal.aborted) return;
        if (!wanted()) return resolve(failure('withdrawn', timeline.now - at));
        this.#answer(by, request, { at, deadlineMs, resolve });
      };
      if (random.chance(0.7)) connected();
      else timeline.after(random.next() * connectMs, connected, by.host);
    });
  }

  #answer(
    by: Sending,
    { headers }: RenderedRequest,
    {
      at,
      deadlineMs,
      resolve,
    }: { readonly at: number; readonly deadlineMs: number; readonly resolve: (result: HttpResult) => void },
  ): void {
    const { timeline, watch, tables } = this.#parts;
    const deliveryId = headers['X-Delivery'] ?? '';
    const row = tables.deliveries.get(deliveryId);
    const status = this.#status(row?.webhookId);
    const attempt = watch.sends(by, deliveryId, at);
    const isLast = (row?.failures ?? 0) >= retrySchedule.length;
    const takesMs = this.#takesMs(row?.webhookId);
    const isSilent = status === null || takesMs > deadlineMs;
    timeline.after(
      isSilent ? deadlineMs : takesMs,
      () => {
        watch.answered(attempt, !isSilent && status === 200 ? true : isLast && status !== 429);
        const durationMs = timeline.now - at;
        resolve(isSilent ? failure('timeout', durationMs) : response(status, durationMs));
      },
      by.host,
    );
  }

  #mannersOf(webhookId: string | undefined): Manners {
    return this.areAllWell ? well : (this.manners.get(webhookId ?? '') ?? well);
  }

  #takesMs(webhookId: string | undefined): number {
    const { fromMs, toMs } = this.#mannersOf(webhookId);
    return fromMs + this.#parts.random.next() * (toMs - fromMs);
  }

  #status(webhookId: string | undefined): number | null {
    const { failing, busy, silent } = this.#mannersOf(webhookId);
    const chance = this.#parts.random.next();
    if (chance < failing) return 500;
    if (chance < failing + busy) return 429;
    return chance < failing + busy + silent ? null : 200;
  }
}

function failure(code: 'aborted' | 'withdrawn' | 'timeout', durationMs: number): HttpResult {
  return { kind: 'error', code, message: code, durationMs };
}

function response(status: number, durationMs: number): HttpResult {
  const headers: Record<string, string> = status === 429 ? { 'retry-after': '1' } : {};
  return { kind: 'response', status, headers, body: '', truncated: false, durationMs };
}
