import { bareHost, hostProblem } from './host-names.ts';
import type { TargetPolicy } from './policy.ts';
import { isBlockedPort } from './ports.ts';

export type TargetUrlCheck =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly problem: string };

/** `hostname` is as in a URL, or without the brackets of an IPv6 address. */
export interface TargetOrigin {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

/** In characters. Longer than any platform's URLs, and short enough to store, log and show. */
export const maxTargetUrlLength = 2048;

/**
 * Checks a webhook's URL before it is stored. Names are not resolved: their addresses are checked when a delivery is
 * sent.
 *
 * The URL is parsed like in browsers (WHATWG URL), so unusual spellings of an address (`0x7f.1`, `2130706433`) are
 * checked as that address. A root dot after the host (`example.com.`) is dropped: it names the same host, but
 * certificates and SNI (RFC 6066 section 3) do not have it. A fragment is refused rather than dropped: it is never
 * sent, although its author expects it to be.
 *
 * Messages say what to change and never repeat the path or query, which can be credentials.
 */
export function checkTargetUrl(text: string, policy: TargetPolicy): TargetUrlCheck {
  if (text.length > maxTargetUrlLength) return refused(tooLong);
  // The WHATWG parser removes these silently.
  if (/[\t\n\r]/.test(text)) return refused('The URL contains a tab or a line break. Remove it.');
  const url = URL.parse(text);
  if (!url) return refused('This is not a URL. Write it in full, such as https://example.com/webhooks.');
  const problem = originProblem(url, policy) ?? restProblem(url);
  if (problem !== undefined) return refused(problem);
  if (url.hostname.endsWith('.')) url.hostname = bareHost(url.hostname);
  return { ok: true, url };
}

/**
 * Why an origin is refused. Checked for a new URL and again for every connection, so that a URL stored under a looser
 * policy is refused too.
 */
export function originProblem(origin: TargetOrigin, policy: TargetPolicy): string | undefined {
  const scheme = schemeProblem(origin.protocol, policy);
  if (scheme) return scheme;
  if (isBlockedPort(origin.port)) {
    return `Port ${origin.port} is reserved for another protocol (Fetch standard, port blocking). Use another port, such as 443.`;
  }
  const host = hostProblem(origin.hostname, policy);
  return host && `Deliveries are not allowed there: ${host}. Use a host that is reachable on the public internet.`;
}

function schemeProblem(protocol: string, policy: TargetPolicy): string | undefined {
  if (protocol === 'https:') return undefined;
  if (policy.requireHttps) return 'The URL must start with https://.';
  return protocol === 'http:' ? undefined : 'The URL must start with https:// or http://.';
}

function restProblem(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') {
    return "The URL contains a user name or a password. Remove them and use the webhook's authentication instead.";
  }
  // An empty fragment shows in `href` only.
  if (url.href.includes('#')) return 'The URL contains a "#". Remove it and what follows, as it is never sent.';
  if (url.href.length > maxTargetUrlLength) return tooLong;
  return undefined;
}

const tooLong = 'The URL is longer than 2,048 characters. Use a shorter one.';

function refused(problem: string): TargetUrlCheck {
  return { ok: false, problem };
}
