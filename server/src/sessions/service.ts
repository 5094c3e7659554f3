import type { Scope } from '@bellhop/shared';
import type { Theme } from '@bellhop/shared/api/sessions';
import { portalScopes } from '@bellhop/shared/api/sessions';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { Organization, Page, PortalLink, Session } from '../model.ts';
import { notFound, ProblemError } from '../problem.ts';
import type { FailedAttempts } from '../security/failed-attempts.ts';
import { hashKey, newToken } from '../security/keys.ts';
import type { Ended, SessionStore } from '../store/contract/index.ts';
import type { Caller, KeyCaller } from './caller.ts';
import { originOf, revokedMeanwhile } from './caller.ts';

export interface SessionParts {
  readonly store: SessionStore;
  /** The authenticator, as this stage sees it. */
  readonly authenticator: {
    identify(key: string, address: string): Promise<KeyCaller | undefined>;
    forgetSession(hash: string): void;
    forget(ended: Ended): void;
  };
  readonly attempts: FailedAttempts;
  readonly clock: Clock;
  /** Lifetime of a session signed in with an API key. */
  readonly sessionMs: number;
  /** The dashboard's theme. A portal link can override it. */
  readonly theme: Theme;
}

export interface SignedIn {
  /** For the browser's cookie. The store has only its hash. */
  readonly token: string;
  readonly session: Session;
  readonly organization: Organization;
}

export interface LinkOptions {
  readonly scopes?: readonly Scope[] | undefined;
  /** Lifetime of the link. Default: 10 minutes. */
  readonly expiresMs?: number | undefined;
  /** Lifetime of its sessions. Default: 4 hours. */
  readonly sessionMs?: number | undefined;
  readonly singleUse?: boolean | undefined;
  readonly theme?: Theme | undefined;
}

const defaultExpiresMs = 600 * 1000;
const defaultSessionMs = 4 * 3600 * 1000;

/** Sessions of the dashboard, and the portal links that open them for customers. */
export class SessionService {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** @throws {ProblemError} `unauthorized`, unless it is an organization's key; `too_many_attempts`. */
  async signInWithKey(key: string, address: string): Promise<SignedIn> {
    const { authenticator, sessionMs } = this.#parts;
    const caller = await authenticator.identify(key, address);
    if (!caller) throw new ProblemError('unauthorized', 'This API key is unknown or was revoked.');
    if (caller.kind === 'root') {
      const detail =
        "The root key belongs to no organization. Sign in with an organization's API key, or create a portal link for it.";
      throw new ProblemError('unauthorized', detail);
    }
    const { organization, scopes, keyId: apiKeyId } = caller;
    return this.#open({ kind: 'api_key', organization, apiKeyId, linkId: null, link: null, scopes, sessionMs });
  }

  /** @throws {ProblemError} `unauthorized`, when the link has expired, was used up or is unknown; `too_many_attempts`. */
  async signInByLink(token: string, address: string): Promise<SignedIn> {
    const { store, clock, attempts } = this.#parts;
    const found = await attempts.find({ secret: token, address, isKey: false }, async (hash) => {
      const known = await store.findPortalLink(hash);
      return known && known.link.expiresAt > clock.now() ? known : undefined;
    });
    if (!found) throw linkExpired();
    const { link, organization } = found;
    const { id: linkId, hash, apiKeyId, scopes, sessionMs } = link;
    return this.#open({ kind: 'portal', organization, apiKeyId, linkId, link: hash, scopes, sessionMs });
  }

  /** Ends a session: at once on this node, within seconds on others, which cache it. */
  async signOut({ hash }: Session): Promise<void> {
    await this.#parts.store.deleteSession(hash);
    this.#parts.authenticator.forgetSession(hash);
  }

  /** @throws {ProblemError} `unauthorized`, when the caller was revoked in this moment. */
  async createLink(
    organizationId: string,
    caller: Caller,
    options: LinkOptions = {},
  ): Promise<{ readonly token: string; readonly link: PortalLink }> {
    const { store, clock } = this.#parts;
    const created = newPortalLink(organizationId, originOf(caller), options, clock.now());
    if (!(await store.insertPortalLink(created.link))) throw revokedMeanwhile();
    return created;
  }

  async listLinks(organizationId: string, page: Page): Promise<PortalLink[]> {
    return this.#parts.store.listPortalLinks(organizationId, page);
  }

  /** @throws {ProblemError} `not_found` */
  async revokeLink(organizationId: string, id: string): Promise<void> {
    const { store, clock, authenticator } = this.#parts;
    const ended = await store.revokePortalLink(organizationId, id, clock.now());
    if (!ended) throw notFound('portal link');
    authenticator.forget(ended);
  }

  async themeOf(session: Session | null): Promise<Theme> {
    const { store, theme } = this.#parts;
    return { ...theme, ...(session?.link ? await store.getPortalTheme(session.link) : null) };
  }

  async #open({ organization, sessionMs, ...rest }: NewSession): Promise<SignedIn> {
    const token = newToken();
    const now = this.#parts.clock.now();
    const session = {
      ...rest,
      id: newId('session'),
      hash: hashKey(token),
      organizationId: organization.id,
      createdAt: now,
      expiresAt: now + sessionMs,
    };
    if (!(await this.#parts.store.insertSession(session))) throw linkExpired();
    return { token, session, organization };
  }
}

interface NewSession extends Pick<Session, 'kind' | 'apiKeyId' | 'linkId' | 'link' | 'scopes'> {
  readonly organization: Organization;
  readonly sessionMs: number;
}

function linkExpired(): ProblemError {
  const detail =
    'This link has expired, was revoked or was used. Open the dashboard again from the place you got it from.';
  return new ProblemError('unauthorized', detail);
}

/** A link, not stored yet, and its token. */
export function newPortalLink(
  organizationId: string,
  origin: Pick<PortalLink, 'madeBy' | 'parentId' | 'apiKeyId'>,
  options: LinkOptions,
  now: number,
): { readonly token: string; readonly link: PortalLink } {
  const { scopes = portalScopes, theme = {}, singleUse = false } = options;
  const { expiresMs = defaultExpiresMs, sessionMs = defaultSessionMs } = options;
  const token = newToken();
  const link = {
    ...origin,
    id: newId('portalLink'),
    hash: hashKey(token),
    organizationId,
    singleUse,
    usedAt: null,
    scopes: [...new Set(scopes)],
    theme,
    sessionMs,
    createdAt: now,
    expiresAt: now + expiresMs,
  };
  return { token, link };
}

/** The URL of a portal link. The token is in the fragment, which browsers do not send, so no server logs it. */
export function portalUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/portal#${token}`;
}
