import { z } from '@bellhop/shared';
import type { Signal } from '../../store/contract/signals.ts';

/** What a node says to others: a PostgreSQL notification. */
export interface Message {
  readonly channel: string;
  readonly payload: string;
}

/** The channel that all nodes listen to. */
export const everyone = 'bellhop';

/** The channel that one node listens to, in all its incarnations (`cluster/member.ts`). */
export function channelOf(node: string): string {
  return `${everyone}_${node.split('.')[0]}`;
}

/** The longest payload, by https://www.postgresql.org/docs/18/sql-notify.html */
const payloadBytes = 7999;

/** Ids of a kind that wait to be told; what comes then is lost, as it may be. */
const mostIds = 100_000;

/** What waits to be told by a node, each thing once. */
export class News {
  readonly #from: string;
  #due = false;
  readonly #changed = new Set<string>();
  readonly #born = new Map<string, Set<string>>();

  constructor(from: string) {
    this.#from = from;
  }

  get empty(): boolean {
    return !this.#due && this.#changed.size === 0 && this.#born.size === 0;
  }

  add(signal: Signal): void {
    if (signal.kind === 'due') this.#due = true;
    else if (signal.kind === 'changed') keep(this.#changed, signal.webhookIds);
    else {
      const born = this.#born.get(signal.node) ?? new Set();
      keep(born, signal.eventIds);
      if (born.size > 0) this.#born.set(signal.node, born);
    }
  }

  /** All of it, as the messages that it takes; then nothing waits any more. */
  take(): Message[] {
    const from = this.#from;
    const messages: Message[] = [];
    if (this.#due) messages.push({ channel: everyone, payload: write(from, { kind: 'due' }) });
    const changed = (webhookIds: readonly string[]): Signal => ({ kind: 'changed', webhookIds });
    messages.push(...split(from, everyone, this.#changed, changed));
    for (const [node, ids] of this.#born) {
      const born = (eventIds: readonly string[]): Signal => ({ kind: 'born', node, eventIds });
      messages.push(...split(from, channelOf(node), ids, born));
    }
    this.forget();
    return messages;
  }

  forget(): void {
    this.#due = false;
    this.#changed.clear();
    this.#born.clear();
  }
}

function keep(kept: Set<string>, ids: readonly string[]): void {
  for (const id of ids) {
    if (kept.size >= mostIds) return;
    kept.add(id);
  }
}

/** As many messages as the ids need. */
function split(
  from: string,
  channel: string,
  ids: Iterable<string>,
  signal: (ids: readonly string[]) => Signal,
): Message[] {
  const room = payloadBytes - Buffer.byteLength(write(from, signal([])));
  const messages: Message[] = [];
  let some: string[] = [];
  let bytes = 0;
  const say = () => {
    if (some.length > 0) messages.push({ channel, payload: write(from, signal(some)) });
    some = [];
    bytes = 0;
  };
  for (const id of ids) {
    const more = Buffer.byteLength(JSON.stringify(id)) + 1;
    if (bytes + more > room) say();
    some.push(id);
    bytes += more;
  }
  say();
  return messages;
}

function write(from: string, signal: Signal): string {
  return JSON.stringify({ from, signal });
}

const ids = z.array(z.string());

const schema = z.object({
  from: z.string(),
  signal: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('born'), node: z.string(), eventIds: ids }),
    z.object({ kind: z.literal('due') }),
    z.object({ kind: z.literal('changed'), webhookIds: ids }),
  ]),
});

/** What a payload says and who says it; undefined: it is not one of ours, or of a version to come. */
export function readPayload(payload: string): { readonly from: string; readonly signal: Signal } | undefined {
  try {
    return schema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
