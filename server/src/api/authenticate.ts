import type { Route } from '@bellhop/shared';
import type { Request } from 'express';
import type { Clock } from '../clock.ts';
import { ProblemError } from '../problem.ts';
import type { FailedAttempts } from '../security/failed-attempts.ts';
import { sameKey } from '../security/keys.ts';
import type { Caller, KeyCaller, SessionCaller } from '../sessions/caller.ts';
import { hasScopes, tenantOf } from '../sessions/caller.ts';
import type { SessionCookie } from '../sessions/cookie.ts';
import type { CallerStore, Ended } from '../store/contract/index.ts';
import { clientAddress } from './client-address.ts';
import { LookupCache } from './lookup-cache.ts';

type KnownKey = Extract<KeyCaller, { kind: 'key' }>;

const maxTouched = 10_000;
/** How often a key's last use is recorded. */
const touchEveryMs = 60_000;

export interface AuthenticatorParts {
  readonly store: CallerStore;
  readonly clock: Clock;
  readonly rootKey: string;
  readonly cookie: SessionCookie;
  readonly attempts: FailedAttempts;
}

/** Identifies the caller by `Authorization: Bearer …` or `X-API-Key: …`, else by the session cookie. */
export class Authenticator {
  readonly #parts: AuthenticatorParts;
  readonly #keys: LookupCache<KnownKey>;
  readonly #sessions: LookupCache<SessionCaller>;
  readonly #touched = new Map<string, number>();

  constructor(parts: AuthenticatorParts) {
    this.#parts = parts;
    this.#keys = new LookupCache((hash) => this.#lookUpKey(hash), parts.clock);
    this.#sessions = new LookupCache((hash) => this.#lookUpSession(hash), parts.clock);
  }

  /**
   * Undefined for public routes.
   *
   * @throws {ProblemError} `unauthorized`, `forbidden` or `too_many_attempts`.
   */
  async authenticate(request: Request, access: Route['access']): Promise<Caller | undefined> {
    if (access === 'public') {
      // Login CSRF: another site could sign its visitors in as somebody else.
      requireDashboard(request);
      return undefined;
    }
    const key = apiKeyOf(request);
    const caller = key ? await this.#byKey(key, clientAddress(request)) : await this.#byCookie(request);
    requireAccess(caller, access);
    return caller;
  }

  /**
   * The caller that a key belongs to; undefined when the key is unknown.
   *
   * @throws {ProblemError} `too_many_attempts`
   */
  async identify(key: string, address: string): Promise<KeyCaller | undefined> {
    const { attempts, rootKey } = this.#parts;
    return attempts.find<KeyCaller>({ secret: key, address, isKey: true }, async (hash) =>
      sameKey(key, rootKey) ? { kind: 'root' } : this.#keys.find(hash),
    );
  }

  /** Evicts revoked keys, and the sessions that end with them or with revoked links. */
  forget({ keys, links }: Ended): void {
    const [ofKeys, ofLinks] = [new Set(keys), new Set(links)];
    this.#keys.evict(({ keyId }) => ofKeys.has(keyId));
    this.#sessions.evict(
      ({ session: { apiKeyId, linkId } }) =>
        (apiKeyId !== null && ofKeys.has(apiKeyId)) || (linkId !== null && ofLinks.has(linkId)),
    );
  }

  /** Evicts a session that has ended. */
  forgetSession(hash: string): void {
    this.#sessions.evict(({ session }) => session.hash === hash);
  }

  async #byKey(key: string, address: string): Promise<Caller> {
    const caller = await this.identify(key, address);
    if (caller) return caller;
    throw new ProblemError('unauthorized', 'This API key is unknown or was revoked.');
  }

  async #byCookie(request: Request): Promise<Caller> {
    const { cookie, clock, attempts } = this.#parts;
    const token = cookie.read(request.get('cookie'));
    if (!token)
      throw new ProblemError('unauthorized', 'Give an API key as "Authorization: Bearer <key>" or "X-API-Key: <key>".');
    requireDashboard(request);
    const given = { secret: token, address: clientAddress(request), isKey: false };
    const caller = await attempts.find(given, async (hash) => {
      const found = await this.#sessions.find(hash);
      return found && found.session.expiresAt > clock.now() ? found : undefined;
    });
    if (caller) return caller;
    throw new ProblemError('unauthorized', 'Your session has ended. Sign in again.');
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
    if (this.#touched.size >= maxTouched) this.#touched.clear();
    this.#touched.set(keyId, now);
    try {
      await this.#parts.store.touchApiKeys([keyId], now);
    } catch {
      // The time of last use is informational: the request goes on, and the next one tries again.
      this.#touched.delete(keyId);
    }
  }
}

function apiKeyOf(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
  return bearer ?? request.get('x-api-key');
}

/**
 * CSRF protection: browsers send the cookie with other sites' requests too, but those sites cannot set this header. It
 * needs a CORS preflight, which this server never grants.
 *
 * @throws {ProblemError} `forbidden` for a request that can change something and does not come from the dashboard.
 */
function requireDashboard(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const site = request.get('sec-fetch-site') ?? 'same-origin';
  if (request.get('bellhop-request') === 'dashboard' && site === 'same-origin') return;
  const detail =
    'Only the dashboard can send this request, from its own address and with the header "Bellhop-Request: dashboard". In programs, send an API key instead.';
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
