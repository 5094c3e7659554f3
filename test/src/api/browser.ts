import type { OperationOutput } from '@bellhop/shared';
import type { ApiStage, RawRequest } from './support.ts';
import { ofDashboard } from './world.ts';

type Session = OperationOutput<'getSession'>;
type Wishes = NonNullable<Parameters<ApiStage['root']['createPortalLink']>[0]['body']>;

/** What a browser keeps of a `Set-Cookie` header. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** As they are written, in any order. */
  readonly attributes: readonly string[];
}

/** A browser, as far as a server can tell: it keeps the cookies it is given, and says what the dashboard says. */
export class Browser {
  readonly #stage: ApiStage;
  readonly #cookies = new Map<string, string>();
  /** Those that the last answer set, also those that it cleared. */
  set: readonly Cookie[] = [];

  constructor(stage: ApiStage) {
    this.#stage = stage;
  }

  /** The `Cookie` header of its requests. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The token of its session. */
  get token(): string {
    return [...this.#cookies.values()][0] ?? '';
  }

  async signIn(body: { readonly api_key: string } | { readonly portal_token: string }): Promise<Session> {
    const path = '/v1/session';
    const { status, text } = await this.send({ method: 'POST', path, body: JSON.stringify(body) });
    if (status !== 201) throw new Error(`Signing in was answered ${status}: ${text}`);
    return JSON.parse(text) as Session;
  }

  /** Opens a new portal link of an organization. */
  async visit(organizationId: string, wishes: Wishes = {}): Promise<Session> {
    return this.signIn({ portal_token: await linkToken(this.#stage, organizationId, wishes) });
  }

  /** A request as the dashboard makes it; other headers are sent beside its own. */
  async send({ key: _, headers, ...request }: RawRequest) {
    const answer = await this.#stage.send({ ...request, headers: { ...ofDashboard, ...this.credentials, ...headers } });
    this.set = answer.headers.getSetCookie().map(parseCookie);
    for (const { name, value } of this.set) {
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    return answer;
  }

  /** The headers that say which session it has. */
  get credentials(): Record<string, string> {
    return this.#cookies.size > 0 ? { cookie: this.cookie } : {};
  }
}

/** What stands behind # in the URL of a new portal link, as the operator makes it. */
export async function linkToken(stage: ApiStage, organizationId: string, wishes: Wishes = {}): Promise<string> {
  const { url } = await stage.root.createPortalLink({ params: { id: organizationId }, body: wishes });
  return tokenOf(url);
}

export function tokenOf(url: string): string {
  return new URL(url).hash.slice(1);
}

function parseCookie(header: string): Cookie {
  const [pair = '', ...attributes] = header.split('; ');
  const [name = '', value = ''] = pair.split('=', 2);
  return { name, value, attributes };
}
