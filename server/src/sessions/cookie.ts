import type { Config } from '../config.ts';
import type { Session } from '../model.ts';

export interface CookieSettings {
  /** Whether browsers reach this server by https alone. */
  readonly secure: boolean;
  /** Whether other sites may show the dashboard in a frame. */
  readonly framed: boolean;
}

/** In production a proxy before this server speaks https, unless the configuration says otherwise. */
export function cookieSettingsOf({ production, dashboard }: Pick<Config, 'production' | 'dashboard'>): CookieSettings {
  const { publicUrl, frameAncestors } = dashboard;
  const secure = publicUrl === undefined ? production : publicUrl.startsWith('https:');
  return { secure, framed: frameAncestors.length > 0 };
}

/** Of the forms that the cookie can have, browsers keep each apart from the other. */
type Form = 'own' | 'framed';

/**
 * The cookie that says which session a browser has: read and written here alone. Scripts cannot read it, and no other site's
 * requests carry it, but for those of a frame in a site that the operator names: there it exists within that site only
 * (https://developer.mozilla.org/en-US/docs/Web/Privacy/Guides/Privacy_sandbox/Partitioned_cookies).
 */
export class SessionCookie {
  readonly #name: string;
  readonly #secure: boolean;
  readonly #framed: boolean;

  constructor({ secure, framed }: CookieSettings) {
    // Browsers take a name with this prefix only over https, from this very host.
    this.#name = secure ? '__Host-bellhop_session' : 'bellhop_session';
    this.#secure = secure;
    // A frame in another site gets no cookie that is not Secure.
    this.#framed = framed && secure;
  }

  /** The token in the `Cookie` header of a request; undefined: there is none. */
  read(header: string | undefined): string | undefined {
    for (const pair of header?.split(';') ?? []) {
      const [name, value] = pair.trim().split('=', 2);
      if (name === this.#name && value) return value;
    }
    return undefined;
  }

  /** The `Set-Cookie` headers that sign a browser in. */
  issue(token: string, { kind, createdAt, expiresAt }: Session): string[] {
    const form = kind === 'portal' && this.#framed ? 'framed' : 'own';
    const others = this.#forms.filter((each) => each !== form).map((each) => this.#cookie('', 0, each));
    // The last one counts in a browser that does not tell the two apart.
    return [...others, this.#cookie(token, Math.floor((expiresAt - createdAt) / 1000), form)];
  }

  /** Those that sign it out. */
  clear(): string[] {
    return this.#forms.map((form) => this.#cookie('', 0, form));
  }

  get #forms(): Form[] {
    return this.#framed ? ['own', 'framed'] : ['own'];
  }

  #cookie(value: string, maxAge: number, form: Form): string {
    return [
      `${this.#name}=${value}`,
      'Path=/',
      `Max-Age=${maxAge}`,
      'HttpOnly',
      ...(this.#secure ? ['Secure'] : []),
      ...(form === 'framed' ? ['SameSite=None', 'Partitioned'] : ['SameSite=Lax']),
    ].join('; ');
  }
}
