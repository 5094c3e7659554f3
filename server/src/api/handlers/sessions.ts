import type { Scope } from '@bellhop/shared';
import type { Organization, Session } from '../../model.ts';
import { ProblemError } from '../../problem.ts';
import type { Caller } from '../../sessions/caller.ts';
import { tenantOf } from '../../sessions/caller.ts';
import type { SessionCookie } from '../../sessions/cookie.ts';
import type { SessionService } from '../../sessions/service.ts';
import { portalUrl } from '../../sessions/service.ts';
import type { AccountStore } from '../../store/contract.ts';
import { iso } from '../resources.ts';
import type { Handlers } from '../router.ts';
import { requireOrganization } from './organization.ts';

type Operations = 'createSession' | 'getSession' | 'deleteSession' | 'createPortalLink';

export interface SessionHandlerParts {
  readonly sessions: SessionService;
  readonly cookie: SessionCookie;
  readonly store: Pick<AccountStore, 'getOrganization'>;
  /** Where browsers reach this server, without a slash at its end. Undefined: where a request came to. */
  readonly publicUrl: string | undefined;
  readonly production: boolean;
  readonly version: string;
}

export function sessionHandlers(parts: SessionHandlerParts): Pick<Handlers, Operations> {
  const { sessions, cookie, store, version } = parts;

  /** @param session null for a request with an API key itself. */
  async function resource({ id, name }: Organization, scopes: readonly Scope[], session: Session | null) {
    return {
      organization: { id, name },
      scopes: [...scopes],
      kind: session?.kind ?? ('api_key' as const),
      expires_at: session && iso(session.expiresAt),
      theme: await sessions.themeOf(session),
      server: { name: 'bellhop' as const, version },
    };
  }

  return {
    async createSession({ body }, { setHeader }) {
      const { api_key: key, portal_token: linkToken = '' } = body;
      const signedIn = key === undefined ? sessions.signInByLink(linkToken) : sessions.signInWithKey(key);
      const { token, session, organization } = await signedIn;
      setHeader('Set-Cookie', cookie.issue(token, session));
      return resource(organization, session.scopes, session);
    },

    async getSession(_, { caller }) {
      const tenant = tenantOf(caller);
      return resource(tenant.organization, tenant.scopes, tenant.kind === 'session' ? tenant.session : null);
    },

    async deleteSession(_, { caller, setHeader }) {
      // An API key is not signed in, so there is nothing to end.
      if (caller.kind !== 'session') return;
      await sessions.signOut(caller.session);
      setHeader('Set-Cookie', cookie.clear());
    },

    async createPortalLink({ params, body = {} }, { caller, host }) {
      await requireOrganization(store, params.id, caller);
      const base = parts.publicUrl ?? addressOf(host, parts.production);
      const { token, link } = await sessions.makeLink(params.id, keyBehind(caller), {
        scopes: body.scopes,
        expiresMs: milliseconds(body.expires_in_seconds),
        sessionMs: milliseconds(body.session_seconds),
        theme: body.theme,
      });
      return { url: portalUrl(base, token), expires_at: iso(link.expiresAt) };
    },
  };
}

/** Where the request came to, as far as can be told: in production a proxy before this server speaks https. */
function addressOf(host: string | undefined, production: boolean): string {
  const url = URL.parse(`${production ? 'https' : 'http'}://${host}`);
  if (host && url && url.href === `${url.origin}/`) return url.origin;
  const detail = 'This request does not say which host it came to. Set dashboard.publicUrl in the configuration file.';
  throw new ProblemError('invalid_input', detail);
}

/** The API key that the caller's rights come from; null: the operator gave them. */
function keyBehind(caller: Caller): string | null {
  if (caller.kind === 'root') return null;
  return caller.kind === 'key' ? caller.keyId : caller.session.apiKeyId;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
