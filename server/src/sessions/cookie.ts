import type { Config } from '../config.ts';
import type { Session } from '../model.ts';

export interface CookieSettings {
  /** Browsers reach this server over HTTPS only. */
  readonly secure: boolean;
  /** Other sites can show the dashboard in a frame. */
  readonly framed: boolean;
}

/** In production, a proxy in front of this server is assumed to terminate TLS, unless `publicUrl` says otherwise. */
export function cookieSettingsOf({ production, dashboard }: Pick<Config, 'production' | 'dashboard'>): CookieSettings {
  const { publicUrl, frameAncestors } = dashboard;
  const secure = publicUrl === undefined ? production : publicUrl.startsWith('https:');
  return { secure, framed: frameAncestors.length > 0 };
}

/** Browsers store partitioned (`framed`) and ordinary (`own`) cookies separately. */
type Form = 'own' | 'framed';

/**
 * The session cookie. Scripts cannot read it and cross-site requests do not carry it. The exception is a frame in a
 * site that the operator names: there a cookie partitioned by that site is used
 * (https://developer.mozilla.org/en-US/docs/Web/Privacy/Guides/Privacy_sandbox/Partitioned_cookies).
 */
export class SessionCookie {
  readonly #name: string;
  readonly #secure: boolean;
  readonly #framed: boolean;

  constructor({ secure, framed }: CookieSettings) {
    // Browsers accept this prefix only over HTTPS and without a Domain attribute.
    this.#name = secure ? '__Host-bellhop_session' : 'bellhop_session';
    this.#secure = secure;
    // Partitioned cookies must be Secure.
    this.#framed = framed && secure;
  }

  /** Returns the token in a `Cookie` header. */
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
    // Browsers without partitioned cookies store one cookie: the last header wins.
    return [...others, this.#cookie(token, Math.floor((expiresAt - createdAt) / 1000), form)];
  }

  /** The `Set-Cookie` headers that sign a browser out. */
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
