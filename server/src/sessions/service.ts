import type { Scope } from '@bellhop/shared';
import type { Theme } from '@bellhop/shared/api/sessions';
import { portalScopes } from '@bellhop/shared/api/sessions';
import type { Clock } from '../clock.ts';
import type { Organization, PortalLink, Session } from '../model.ts';
import { ProblemError } from '../problem.ts';
import { hashKey, newToken } from '../security/keys.ts';
import type { SessionStore } from '../store/contract.ts';
import type { KeyCaller } from './caller.ts';

export interface SessionParts {
  readonly store: SessionStore;
  /** Who knows API keys, and believes for a moment what it knows of sessions. */
  readonly callers: {
    identify(key: string): Promise<KeyCaller | undefined>;
    forgetSession(hash: string): void;
  };
  readonly clock: Clock;
  /** How long a session lasts that was signed in with an API key. */
  readonly sessionMs: number;
  /** How the dashboard looks unless a portal link says otherwise. */
  readonly theme: Theme;
}

export interface SignedIn {
  /** What the browser keeps; the store has its hash. */
  readonly token: string;
  readonly session: Session;
  readonly organization: Organization;
}

/** What a portal link may say; what is left out has its default. */
export interface LinkWishes {
  readonly scopes?: readonly Scope[] | undefined;
  /** How long it lets in. Default: ten minutes. */
  readonly expiresMs?: number | undefined;
  /** How long its sessions last. Default: four hours. */
  readonly sessionMs?: number | undefined;
  readonly theme?: Theme | undefined;
}

const defaultExpiresMs = 600 * 1000;
const defaultSessionMs = 4 * 3600 * 1000;

/** Who is signed in to the dashboard, and the links that let customers in. */
export class SessionService {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** @throws {ProblemError} `unauthorized` unless it is a key of an organization. */
  async signInWithKey(key: string): Promise<SignedIn> {
    const { callers, sessionMs } = this.#parts;
    const caller = await callers.identify(key);
    if (!caller) throw new ProblemError('unauthorized', 'This API key is not known here, or it was revoked.');
    if (caller.kind === 'root') {
      const detail =
        'The root key belongs to no organization. Sign in with an API key of an organization, or make a portal link for one.';
      throw new ProblemError('unauthorized', detail);
    }
    const { organization, scopes, keyId: apiKeyId } = caller;
    return this.#begin({ kind: 'api_key', organization, apiKeyId, link: null, scopes, sessionMs });
  }

  /** @throws {ProblemError} `unauthorized` when the link has expired, or there never was one. */
  async signInByLink(token: string): Promise<SignedIn> {
    const { store, clock } = this.#parts;
    const found = await store.findPortalLink(hashKey(token));
    if (!found || found.link.expiresAt <= clock.now()) {
      const detail = 'This link has expired. Open the dashboard again from where you got it.';
      throw new ProblemError('unauthorized', detail);
    }
    const { link, organization } = found;
    const { hash, apiKeyId, scopes, sessionMs } = link;
    return this.#begin({ kind: 'portal', organization, apiKeyId, link: hash, scopes, sessionMs });
  }

  /** Ends a session, at once on this node. */
  async signOut({ hash }: Session): Promise<void> {
    await this.#parts.store.deleteSession(hash);
    this.#parts.callers.forgetSession(hash);
  }

  /** @param apiKeyId the key behind whoever makes it; null: the operator does. */
  async makeLink(
    organizationId: string,
    apiKeyId: string | null,
    wishes: LinkWishes = {},
  ): Promise<{ readonly token: string; readonly link: PortalLink }> {
    const { store, clock } = this.#parts;
    const made = newPortalLink(organizationId, apiKeyId, wishes, clock.now());
    await store.insertPortalLink(made.link);
    return made;
  }

  /** How the dashboard looks in a session, or without one. */
  async themeOf(session: Session | null): Promise<Theme> {
    const { store, theme } = this.#parts;
    return { ...theme, ...(session?.link ? await store.getPortalTheme(session.link) : null) };
  }

  async #begin({ organization, sessionMs, ...rest }: Beginning): Promise<SignedIn> {
    const token = newToken();
    const now = this.#parts.clock.now();
    const session = {
      ...rest,
      hash: hashKey(token),
      organizationId: organization.id,
      createdAt: now,
      expiresAt: now + sessionMs,
    };
    await this.#parts.store.insertSession(session);
    return { token, session, organization };
  }
}

interface Beginning extends Pick<Session, 'kind' | 'apiKeyId' | 'link' | 'scopes'> {
  readonly organization: Organization;
  readonly sessionMs: number;
}

/** A link that is not stored yet, with its token. */
export function newPortalLink(
  organizationId: string,
  apiKeyId: string | null,
  wishes: LinkWishes,
  now: number,
): { readonly token: string; readonly link: PortalLink } {
  const { scopes = portalScopes, theme = {} } = wishes;
  const { expiresMs = defaultExpiresMs, sessionMs = defaultSessionMs } = wishes;
  const token = newToken();
  const link = {
    hash: hashKey(token),
    organizationId,
    apiKeyId,
    scopes: [...new Set(scopes)],
    theme,
    sessionMs,
    createdAt: now,
    expiresAt: now + expiresMs,
  };
  return { token, link };
}

/** Where a portal link leads. The token stands behind #, which browsers do not send: so it comes into no server's log. */
export function portalUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/portal#${token}`;
}
