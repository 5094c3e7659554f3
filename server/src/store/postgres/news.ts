import { z } from '@bellhop/shared';
import type { Signal } from '../../store/contract/signals.ts';

/** A PostgreSQL notification. */
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

/** The limit of a payload: https://www.postgresql.org/docs/18/sql-notify.html */
const payloadBytes = 7999;

/** Further ids are dropped: signals can get lost. */
const maxIds = 100_000;

/** The signals that a node has yet to send, without duplicates. */
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

  /** Removes and returns everything, as messages. */
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
    this.clear();
    return messages;
  }

  clear(): void {
    this.#due = false;
    this.#changed.clear();
    this.#born.clear();
  }
}

function keep(kept: Set<string>, ids: readonly string[]): void {
  for (const id of ids) {
    if (kept.size >= maxIds) return;
    kept.add(id);
  }
}

/** Splits ids into messages of up to the longest payload. */
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
  const flush = () => {
    if (some.length > 0) messages.push({ channel, payload: write(from, signal(some)) });
    some = [];
    bytes = 0;
  };
  for (const id of ids) {
    const more = Buffer.byteLength(JSON.stringify(id)) + 1;
    if (bytes + more > room) flush();
    some.push(id);
    bytes += more;
  }
  flush();
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

/** Parses a payload; undefined when it is foreign or of a newer version. */
export function readPayload(payload: string): { readonly from: string; readonly signal: Signal } | undefined {
  try {
    return schema.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
