import type { Scope } from '@bellhop/shared';
import type { Theme } from '@bellhop/shared/api/sessions';
import { portalScopes } from '@bellhop/shared/api/sessions';
import type { Clock } from '../clock.ts';
import type { Organization, PortalLink, Session } from '../model.ts';
import { ProblemError } from '../problem.ts';
import { hashKey, newToken } from '../security/keys.ts';
import type { SessionStore } from '../store/contract/index.ts';
import type { KeyCaller } from './caller.ts';

export interface SessionParts {
  readonly store: SessionStore;
  /** The authenticator, as this stage sees it. */
  readonly authenticator: {
    identify(key: string): Promise<KeyCaller | undefined>;
    forgetSession(hash: string): void;
  };
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

  /** @throws {ProblemError} `unauthorized`, unless it is an organization's key. */
  async signInWithKey(key: string): Promise<SignedIn> {
    const { authenticator, sessionMs } = this.#parts;
    const caller = await authenticator.identify(key);
    if (!caller) throw new ProblemError('unauthorized', 'This API key is unknown or was revoked.');
    if (caller.kind === 'root') {
      const detail =
        "The root key belongs to no organization. Sign in with an organization's API key, or create a portal link for it.";
      throw new ProblemError('unauthorized', detail);
    }
    const { organization, scopes, keyId: apiKeyId } = caller;
    return this.#open({ kind: 'api_key', organization, apiKeyId, link: null, scopes, sessionMs });
  }

  /** @throws {ProblemError} `unauthorized`, when the link has expired or is unknown. */
  async signInByLink(token: string): Promise<SignedIn> {
    const { store, clock } = this.#parts;
    const found = await store.findPortalLink(hashKey(token));
    if (!found || found.link.expiresAt <= clock.now()) {
      const detail = 'This link has expired. Open the dashboard again from the place you got it from.';
      throw new ProblemError('unauthorized', detail);
    }
    const { link, organization } = found;
    const { hash, apiKeyId, scopes, sessionMs } = link;
    return this.#open({ kind: 'portal', organization, apiKeyId, link: hash, scopes, sessionMs });
  }

  /** Ends a session: at once on this node, within seconds on others, which cache it. */
  async signOut({ hash }: Session): Promise<void> {
    await this.#parts.store.deleteSession(hash);
    this.#parts.authenticator.forgetSession(hash);
  }

  /** @param apiKeyId the key that the creator's scopes come from; null: the operator. */
  async createLink(
    organizationId: string,
    apiKeyId: string | null,
    options: LinkOptions = {},
  ): Promise<{ readonly token: string; readonly link: PortalLink }> {
    const { store, clock } = this.#parts;
    const created = newPortalLink(organizationId, apiKeyId, options, clock.now());
    await store.insertPortalLink(created.link);
    return created;
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
      hash: hashKey(token),
      organizationId: organization.id,
      createdAt: now,
      expiresAt: now + sessionMs,
    };
    await this.#parts.store.insertSession(session);
    return { token, session, organization };
  }
}

interface NewSession extends Pick<Session, 'kind' | 'apiKeyId' | 'link' | 'scopes'> {
  readonly organization: Organization;
  readonly sessionMs: number;
}

/** A link, not stored yet, and its token. */
export function newPortalLink(
  organizationId: string,
  apiKeyId: string | null,
  options: LinkOptions,
  now: number,
): { readonly token: string; readonly link: PortalLink } {
  const { scopes = portalScopes, theme = {} } = options;
  const { expiresMs = defaultExpiresMs, sessionMs = defaultSessionMs } = options;
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

/** The URL of a portal link. The token is in the fragment, which browsers do not send, so no server logs it. */
export function portalUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/portal#${token}`;
}
