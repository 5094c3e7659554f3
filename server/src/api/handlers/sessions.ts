import type { Scope } from '@bellhop/shared';
import { buildCommand } from '../../../dashboard/built.ts';
import type { Organization, Session } from '../../model.ts';
import { ProblemError } from '../../problem.ts';
import { tenantOf } from '../../sessions/caller.ts';
import type { SessionCookie } from '../../sessions/cookie.ts';
import type { SessionService } from '../../sessions/service.ts';
import { portalUrl } from '../../sessions/service.ts';
import type { OrganizationReader } from '../../store/contract/index.ts';
import { iso, page, portalLinkResource } from '../resources.ts';
import type { Handlers } from '../router.ts';
import { requireOrganization } from './organization.ts';

type Operations =
  | 'createSession'
  | 'getSession'
  | 'deleteSession'
  | 'createPortalLink'
  | 'listPortalLinks'
  | 'revokePortalLink';

export interface SessionHandlerParts {
  readonly sessions: SessionService;
  readonly cookie: SessionCookie;
  readonly store: OrganizationReader;
  /** Where browsers reach this server, without a trailing slash. Undefined: the Host of the request. */
  readonly publicUrl: string | undefined;
  readonly production: boolean;
  readonly dashboardIsBuilt: () => boolean;
  readonly version: string;
}

export function sessionHandlers(parts: SessionHandlerParts): Pick<Handlers, Operations> {
  const { sessions, cookie, store, version } = parts;

  /** @param session null for a request with an API key. */
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

  function requireDashboard(): void {
    if (parts.dashboardIsBuilt()) return;
    const detail = `The dashboard is not built. The operator of this server builds it, where Bellhop is installed, with: ${buildCommand}`;
    throw new ProblemError('unavailable', detail);
  }

  return {
    async createSession({ body }, { address, setHeader }) {
      requireDashboard();
      const { api_key: key, portal_token: linkToken = '' } = body;
      const signedIn =
        key === undefined ? sessions.signInByLink(linkToken, address) : sessions.signInWithKey(key, address);
      const { token, session, organization } = await signedIn;
      setHeader('Set-Cookie', cookie.issue(token, session));
      return resource(organization, session.scopes, session);
    },

    async getSession(_, { caller }) {
      const tenant = tenantOf(caller);
      return resource(tenant.organization, tenant.scopes, tenant.kind === 'session' ? tenant.session : null);
    },

    async deleteSession(_, { caller, setHeader }) {
      // An API key has no session to end.
      if (caller.kind !== 'session') return;
      await sessions.signOut(caller.session);
      setHeader('Set-Cookie', cookie.clear());
    },

    async createPortalLink({ params, body = {} }, { caller, host }) {
      requireDashboard();
      await requireOrganization(store, params.id, caller);
      const base = parts.publicUrl ?? originOf(host, parts.production);
      const { token, link } = await sessions.createLink(params.id, caller, {
        scopes: body.scopes,
        expiresMs: milliseconds(body.expires_in_seconds),
        sessionMs: milliseconds(body.session_seconds),
        singleUse: body.single_use,
        theme: body.theme,
      });
      return { ...portalLinkResource(link), url: portalUrl(base, token) };
    },

    async listPortalLinks({ params, query: { limit, cursor } }, { caller }) {
      await requireOrganization(store, params.id, caller);
      return page(await sessions.listLinks(params.id, { limit: limit + 1, cursor }), limit, portalLinkResource);
    },

    async revokePortalLink({ params }, { caller }) {
      await requireOrganization(store, params.id, caller);
      await sessions.revokeLink(params.id, params.link_id);
    },
  };
}

/** The origin that the request was sent to. In production, a proxy in front of this server terminates TLS. */
function originOf(host: string | undefined, production: boolean): string {
  const url = URL.parse(`${production ? 'https' : 'http'}://${host}`);
  if (host && url && url.href === `${url.origin}/`) return url.origin;
  const detail =
    'The Host header of this request is missing or invalid. Set dashboard.publicUrl in the configuration file.';
  throw new ProblemError('invalid_input', detail);
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
