import type { Route, Scope } from '@bellhop/shared';
import type { Request } from 'express';
import type { Clock } from '../clock.ts';
import type { Organization } from '../model.ts';
import { ProblemError } from '../problem.ts';
import { hashKey, sameKey } from '../security/keys.ts';
import type { AccountStore } from '../store/contract.ts';

/** Who makes a request. */
export type Caller =
  | { readonly kind: 'root' }
  | {
      readonly kind: 'key';
      readonly keyId: string;
      readonly organization: Organization;
      readonly scopes: readonly Scope[];
    };

type Known = Extract<Caller, { kind: 'key' }> & { readonly until: number };

/** How long a key that was looked up is believed without asking again: the longest a revoked key still works elsewhere. */
const believedMs = 5000;
const mostBelieved = 10_000;
/** How often a key's last use is written down. */
const touchEveryMs = 60_000;

/** Finds out who makes a request, by `Authorization: Bearer …` or `X-API-Key: …`. */
export class Authenticator {
  readonly #store: Pick<AccountStore, 'findApiKey' | 'touchApiKeys'>;
  readonly #clock: Clock;
  readonly #rootKey: string;
  readonly #known = new Map<string, Known>();
  readonly #looking = new Map<string, Promise<Caller | undefined>>();
  /** How many keys were forgotten so far. */
  #forgotten = 0;
  readonly #touched = new Map<string, number>();

  constructor(store: Pick<AccountStore, 'findApiKey' | 'touchApiKeys'>, clock: Clock, rootKey: string) {
    this.#store = store;
    this.#clock = clock;
    this.#rootKey = rootKey;
  }

  /** @throws {ProblemError} `unauthorized` or `forbidden`, saying what is needed. */
  async authenticate(request: Request, access: Route['access']): Promise<Caller> {
    const key = givenKey(request);
    if (!key)
      throw new ProblemError('unauthorized', 'Give an API key as "Authorization: Bearer <key>" or "X-API-Key: <key>".');
    const caller: Caller | undefined = sameKey(key, this.#rootKey) ? { kind: 'root' } : await this.#find(key);
    if (!caller) throw new ProblemError('unauthorized', 'This API key is not known here, or it was revoked.');
    requireAccess(caller, access);
    return caller;
  }

  /** Forgets what is believed of a key that was revoked. */
  forget(keyId: string): void {
    this.#forgotten += 1;
    this.#looking.clear();
    for (const [hash, known] of this.#known) {
      if (known.keyId === keyId) this.#known.delete(hash);
    }
  }

  async #find(key: string): Promise<Caller | undefined> {
    const hash = hashKey(key);
    const known = this.#known.get(hash);
    if (known && known.until > this.#clock.now()) return known;
    // One look is enough for all that come with the key meanwhile.
    const looking = this.#looking.get(hash);
    if (looking) return looking;
    const look = this.#lookUp(hash).finally(() => this.#looking.delete(hash));
    this.#looking.set(hash, look);
    return look;
  }

  async #lookUp(hash: string): Promise<Caller | undefined> {
    const now = this.#clock.now();
    const forgotten = this.#forgotten;
    const found = await this.#store.findApiKey(hash);
    if (!found) return undefined;
    const caller: Known = {
      kind: 'key',
      keyId: found.key.id,
      organization: found.organization,
      scopes: found.key.scopes,
      until: now + believedMs,
    };
    if (this.#known.size >= mostBelieved) this.#known.clear();
    // What was found may be older than a revocation meanwhile.
    if (forgotten === this.#forgotten) this.#known.set(hash, caller);
    await this.#touch(caller.keyId, now);
    return caller;
  }

  async #touch(keyId: string, now: number): Promise<void> {
    if (now - (this.#touched.get(keyId) ?? 0) < touchEveryMs) return;
    if (this.#touched.size >= mostBelieved) this.#touched.clear();
    this.#touched.set(keyId, now);
    try {
      await this.#store.touchApiKeys([keyId], now);
    } catch {
      // Only a note: a store that cannot take it may still answer what was asked. The next request tries again.
      this.#touched.delete(keyId);
    }
  }
}

function givenKey(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
  return bearer ?? request.get('x-api-key');
}

function requireAccess(caller: Caller, access: Route['access']): void {
  if (access === 'public' || access === 'any') return;
  if (caller.kind === 'root') {
    if (access === 'root' || access === 'root_or_admin') return;
    throw new ProblemError('forbidden', 'The root key belongs to no organization. Use an API key of the organization.');
  }
  if (access === 'root') throw new ProblemError('forbidden', "This needs the operator's root key.");
  const scope = access === 'root_or_admin' ? 'admin' : access;
  if (caller.scopes.includes(scope) || caller.scopes.includes('admin')) return;
  throw new ProblemError('forbidden', `This needs an API key with the scope "${scope}".`);
}
