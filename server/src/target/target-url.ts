import { bareHost, hostProblem } from './host-names.ts';
import type { TargetPolicy } from './policy.ts';
import { isBlockedPort } from './ports.ts';

export type TargetUrlCheck =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly problem: string };

/** Where a request goes. `hostname` as a URL has it, or without the brackets of an IPv6 address. */
export interface TargetOrigin {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
}

/** In characters. Far beyond what platforms hand out, and short enough to store, log and show everywhere. */
export const maxTargetUrlLength = 2048;

/**
 * Checks the URL a webhook is to be sent to, before it is stored. Looks nothing up: a name's addresses are checked
 * when a delivery is sent.
 *
 * The URL is read as browsers read it (WHATWG URL), so odd spellings of an address (`0x7f.1`, `2130706433`) are
 * judged as the address they mean. A root dot after the host (`example.com.`) is dropped: it names the same host, but
 * certificates and SNI (RFC 6066 section 3) have no such form. A fragment is refused and not dropped, as it is never
 * sent to a receiver and whoever wrote it expects it to be.
 *
 * A problem says what to change and never repeats the path or the query, which may be credentials.
 */
export function checkTargetUrl(text: string, policy: TargetPolicy): TargetUrlCheck {
  if (text.length > maxTargetUrlLength) return refused(tooLong);
  // The WHATWG parser drops these silently, so what was read would not be what was written.
  if (/[\t\n\r]/.test(text)) return refused('The URL contains a tab or a line break. Remove it.');
  const url = URL.parse(text);
  if (!url) return refused('This is not a URL. Write it in full, such as https://example.com/webhooks.');
  const problem = originProblem(url, policy) ?? restProblem(url);
  if (problem !== undefined) return refused(problem);
  if (url.hostname.endsWith('.')) url.hostname = bareHost(url.hostname);
  return { ok: true, url };
}

/**
 * Why nothing may be sent to an origin. Asked for a new URL and again for every connection, so that a URL stored
 * under a looser policy is refused too.
 */
export function originProblem(origin: TargetOrigin, policy: TargetPolicy): string | undefined {
  const scheme = schemeProblem(origin.protocol, policy);
  if (scheme) return scheme;
  if (isBlockedPort(origin.port)) {
    return `Port ${origin.port} is reserved for another protocol (Fetch standard, port blocking). Let the receiver listen on another port, such as 443.`;
  }
  const host = hostProblem(origin.hostname, policy);
  return host && `Deliveries are not sent there: ${host}. Use a host that is reachable on the public internet.`;
}

function schemeProblem(protocol: string, policy: TargetPolicy): string | undefined {
  if (protocol === 'https:') return undefined;
  if (policy.requireHttps) return 'The URL has to be encrypted: use https:// instead.';
  return protocol === 'http:' ? undefined : 'The URL has to start with https:// or http://.';
}

function restProblem(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') {
    return "The URL contains a user name or a password. Remove them and use the webhook's authentication instead.";
  }
  // An empty fragment shows in `href` only.
  if (url.href.includes('#'))
    return 'The URL contains a "#". Remove it and what follows: it is never sent to a receiver.';
  if (url.href.length > maxTargetUrlLength) return tooLong;
  return undefined;
}

const tooLong = 'The URL is longer than 2,048 characters. Use a shorter one.';

function refused(problem: string): TargetUrlCheck {
  return { ok: false, problem };
}
