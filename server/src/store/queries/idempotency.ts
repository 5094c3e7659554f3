import type { Idempotency, PublishRequest, PublishResult } from '../contract/index.ts';
import type { Row, Tx } from '../tables.ts';
import { inChunks, insertChunks } from './batches.ts';
import { Overtaken } from './support.ts';

type Key = Row<'idempotency_keys'>;

/** Claims a key. Returns the request that claimed it before, or null. */
export async function claimKey(tx: Tx, key: Key): Promise<Pick<Key, 'hash' | 'answer'> | null> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('idempotency_keys')
    .values(key)
    .onConflict((conflict) => conflict.columns(['organization_id', 'key']).doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 0n) return null;
  const first = await tx
    .selectFrom('idempotency_keys')
    .select(['hash', 'answer'])
    .where('organization_id', '=', key.organization_id)
    .where('key', '=', key.key)
    .executeTakeFirst();
  if (!first) throw new Overtaken('The idempotency key was pruned meanwhile.');
  return first;
}

/** What is to be stored of a request. */
export interface Admitted {
  readonly kind: 'admitted';
  /** Indexes of events that were published before, or whose key was used for another event. */
  readonly dropped: ReadonlySet<number>;
  /** JSON text; differs from the request's where events were dropped. */
  readonly answer: string;
}

/** For each request what is to be stored of it, or the answer of one that stores nothing. Claims the keys. */
export async function claimKeys(
  tx: Tx,
  requests: readonly PublishRequest[],
  now: number,
): Promise<(Admitted | PublishResult)[]> {
  const known = await usedBefore(tx, requests);
  const claimed: Key[] = [];
  const decisions = requests.map((request) => {
    const { decision, keys } = decide(request, known, now);
    for (const key of keys) {
      known.set(nameOf(key), key);
      claimed.push(key);
    }
    return decision;
  });
  await insertKeys(tx, claimed);
  return decisions;
}

/** Nothing of a request has a key. */
export function admitted({ answer }: PublishRequest): Admitted {
  return { kind: 'admitted', dropped: new Set(), answer };
}

interface Decided {
  readonly decision: Admitted | PublishResult;
  /** To be claimed. */
  readonly keys: Iterable<Key>;
}

function decide(request: PublishRequest, known: ReadonlyMap<string, Key>, now: number): Decided {
  const { organizationId, idempotency, keyed = [] } = request;
  const keyOf = ({ key, hash }: Idempotency, answer: string): Key => {
    return { organization_id: organizationId, key, hash, answer, created_at: now };
  };
  const own = idempotency && keyOf(idempotency, request.answer);
  const first = own && known.get(nameOf(own));
  if (first) {
    const repeated = { kind: 'repeated', answer: first.answer } as const;
    return { decision: first.hash === own.hash ? repeated : { kind: 'key_reused' }, keys: [] };
  }
  if (keyed.length === 0) return { decision: admitted(request), keys: own ? [own] : [] };
  return decideEach(request, known, { own, keyOf });
}

/** Of a batch whose events have keys of their own. */
function decideEach(
  { answer, keyed = [], partial = false }: PublishRequest,
  known: ReadonlyMap<string, Key>,
  { own, keyOf }: { readonly own: Key | null; readonly keyOf: (idempotency: Idempotency, answer: string) => Key },
): Decided {
  const keys = new Map(own ? [[nameOf(own), own]] : []);
  const answers: unknown[] = JSON.parse(answer);
  const dropped = new Set<number>();
  const reused: number[] = [];
  for (const each of keyed) {
    const key = keyOf(each, JSON.stringify([answers[each.index]]));
    const before = known.get(nameOf(key)) ?? keys.get(nameOf(key));
    if (!before) {
      keys.set(nameOf(key), key);
      continue;
    }
    for (let index = 0; index < each.count; index += 1) dropped.add(each.from + index);
    answers[each.index] = firstAnswer(before, key);
    if (answers[each.index] === null) reused.push(each.index);
  }
  if (reused.length > 0 && !partial) return { decision: { kind: 'key_reused', events: reused }, keys: [] };
  const changed = JSON.stringify(answers);
  if (own) keys.set(nameOf(own), { ...own, answer: changed });
  return { decision: { kind: 'admitted', dropped, answer: changed }, keys: keys.values() };
}

/** What an event was answered when its key was used first; null: that was another event. */
function firstAnswer(before: Key, { hash }: Key): unknown {
  return before.hash === hash ? JSON.parse(before.answer)[0] : null;
}

function nameOf({ organization_id, key }: Pick<Key, 'organization_id' | 'key'>): string {
  return `${organization_id} ${key}`;
}

async function usedBefore(tx: Tx, requests: readonly PublishRequest[]): Promise<Map<string, Key>> {
  const known = new Map<string, Key>();
  for (const [organizationId, some] of Map.groupBy(requests, (request) => request.organizationId)) {
    const keys = some.flatMap(({ idempotency, keyed = [] }) => [...(idempotency ? [idempotency] : []), ...keyed]);
    const rows = await inChunks(tx, [...new Set(keys.map(({ key }) => key))], (wanted) =>
      tx
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('key', 'in', wanted)
        .execute(),
    );
    for (const row of rows) known.set(nameOf(row), row);
  }
  return known;
}

/** In the order of their names, to avoid deadlocks. */
async function insertKeys(tx: Tx, keys: readonly Key[]): Promise<void> {
  const inOrder = keys.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  for (const some of insertChunks(tx, inOrder)) {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('idempotency_keys')
      .values(some)
      .onConflict((conflict) => conflict.columns(['organization_id', 'key']).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== BigInt(some.length)) throw new Overtaken('A key was claimed meanwhile.');
  }
}
