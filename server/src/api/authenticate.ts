import type { Route } from '@bellhop/shared';
import type { Request } from 'express';
import type { Clock } from '../clock.ts';
import { ProblemError } from '../problem.ts';
import { hashKey, sameKey } from '../security/keys.ts';
import type { Caller, KeyCaller, SessionCaller } from '../sessions/caller.ts';
import { hasScopes, tenantOf } from '../sessions/caller.ts';
import type { SessionCookie } from '../sessions/cookie.ts';
import type { AccountStore, SessionStore } from '../store/contract.ts';
import { Lookups } from './lookups.ts';

type KnownKey = Extract<KeyCaller, { kind: 'key' }>;

const mostTouched = 10_000;
/** How often a key's last use is written down. */
const touchEveryMs = 60_000;

export interface AuthenticatorParts {
  readonly store: Pick<AccountStore, 'findApiKey' | 'touchApiKeys'> & Pick<SessionStore, 'findSession'>;
  readonly clock: Clock;
  readonly rootKey: string;
  readonly cookie: SessionCookie;
}

/** Finds out who makes a request, by `Authorization: Bearer …` or `X-API-Key: …`, or without these by the session cookie. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #keys: Lookups<KnownKey>;
  readonly #sessions: Lookups<SessionCaller>;
  readonly #touched = new Map<string, number>();

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
    this.#keys = new Lookups((hash) => this.#lookUpKey(hash), parts.clock);
    this.#sessions = new Lookups((hash) => this.#lookUpSession(hash), parts.clock);
  }

  /**
   * Undefined for what is open to everyone.
   *
   * @throws {ProblemError} `unauthorized` or `forbidden`, saying what is needed.
   */
  async authenticate(request: Request, access: Route['access']): Promise<Caller | undefined> {
    if (access === 'public') {
      // Another site's page could sign its visitors in as somebody else.
      requireOwnPage(request);
      return undefined;
    }
    const key = givenKey(request);
    const caller = key ? await this.#byKey(key) : await this.#byCookie(request);
    requireAccess(caller, access);
    return caller;
  }

  /** Whose key it is; undefined: nobody's. */
  async identify(key: string): Promise<KeyCaller | undefined> {
    return sameKey(key, this.#parts.rootKey) ? { kind: 'root' } : this.#keys.find(hashKey(key));
  }

  /** Forgets what is believed of a key that was revoked, and of the sessions that end with it. */
  forgetKey(keyId: string): void {
    this.#keys.forget((known) => known.keyId === keyId);
    this.#sessions.forget(({ session }) => session.apiKeyId === keyId);
  }

  /** Forgets what is believed of a session that was ended. */
  forgetSession(hash: string): void {
    this.#sessions.forget(({ session }) => session.hash === hash);
  }

  async #byKey(key: string): Promise<Caller> {
    const caller = await this.identify(key);
    if (caller) return caller;
    throw new ProblemError('unauthorized', 'This API key is not known here, or it was revoked.');
  }

  async #byCookie(request: Request): Promise<Caller> {
    const { cookie, clock } = this.#parts;
    const token = cookie.read(request.get('cookie'));
    if (!token)
      throw new ProblemError('unauthorized', 'Give an API key as "Authorization: Bearer <key>" or "X-API-Key: <key>".');
    requireOwnPage(request);
    const caller = await this.#sessions.find(hashKey(token));
    if (caller && caller.session.expiresAt > clock.now()) return caller;
    throw new ProblemError('unauthorized', 'You are not signed in any more. Sign in again.');
  }

  async #lookUpKey(hash: string): Promise<KnownKey | undefined> {
    const found = await this.#parts.store.findApiKey(hash);
    if (!found) return undefined;
    const { key, organization } = found;
    await this.#touch(key.id, this.#parts.clock.now());
    return { kind: 'key', keyId: key.id, organization, scopes: key.scopes };
  }

  async #lookUpSession(hash: string): Promise<SessionCaller | undefined> {
    const found = await this.#parts.store.findSession(hash);
    return found ? { kind: 'session', ...found, scopes: found.session.scopes } : undefined;
  }

  async #touch(keyId: string, now: number): Promise<void> {
    if (now - (this.#touched.get(keyId) ?? 0) < touchEveryMs) return;
    if (this.#touched.size >= mostTouched) this.#touched.clear();
    this.#touched.set(keyId, now);
    try {
      await this.#parts.store.touchApiKeys([keyId], now);
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

/**
 * Browsers send the cookie whoever's page makes the request. A page of another site cannot send this header, though: its
 * browser would have to ask this server first whether it may, and this server never allows it.
 *
 * @throws {ProblemError} `forbidden` for what may change something and does not come from the dashboard.
 */
function requireOwnPage(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const site = request.get('sec-fetch-site') ?? 'same-origin';
  if (request.get('bellhop-request') === 'dashboard' && site === 'same-origin') return;
  const detail =
    'This is for the dashboard to ask, from its own address, with the header "Bellhop-Request: dashboard". Programs send an API key instead.';
  throw new ProblemError('forbidden', detail);
}

function requireAccess(caller: Caller, access: Exclude<Route['access'], 'public'>): void {
  if (access === 'any') return;
  if (caller.kind === 'root' && access.startsWith('root')) return;
  const { kind } = tenantOf(caller);
  if (access === 'root') throw new ProblemError('forbidden', "This needs the operator's root key.");
  const scope = scopeOf(access);
  if (hasScopes(caller, [scope])) return;
  const holder = kind === 'session' ? 'a session' : 'an API key';
  throw new ProblemError('forbidden', `This needs ${holder} with the scope "${scope}".`);
}

function scopeOf(access: Exclude<Route['access'], 'public' | 'any' | 'root'>) {
  if (access === 'root_or_admin') return 'admin';
  return access === 'root_or_api_keys:write' ? 'api_keys:write' : access;
}
