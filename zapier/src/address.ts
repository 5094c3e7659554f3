export type Address = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly problem: string };

/** The path of a pasted address from where it names a page of the API. */
const pages = /\/(?:v1|docs|openapi\.json)(?:\/.*)?$/;

/**
 * The server's address as people type it: with or without `https://`, with a slash or a page of the API at the end. Plain
 * http is for loopback, while developing.
 *
 * A problem never repeats the input, which may be the API key, pasted into the wrong field.
 */
export function readAddress(typed: string): Address {
  const text = typed.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${schemeFor(text)}//${text}`);
  if (!url || !isHost(url.hostname)) return refused('is not an address; it looks like `https://events.example.com`');
  if (url.username !== '' || url.password !== '') return refused('must not contain a user name or a password');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    return refused('must begin with `https://`');
  }
  const path = url.pathname.replace(pages, '').replace(/\/+$/, '');
  return { ok: true, url: url.origin + path };
}

function schemeFor(text: string): 'http:' | 'https:' {
  const host = URL.parse(`http://${text}`)?.hostname ?? '';
  return isLoopback(host) ? 'http:' : 'https:';
}

/** True for a name with a dot and for an IP address: nothing else is reachable from the internet. */
function isHost(hostname: string): boolean {
  return isLoopback(hostname) || hostname.startsWith('[') || /^[^.]+(?:\.[^.]+)+\.?$/.test(hostname);
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function refused(problem: string): Address {
  return { ok: false, problem: `The server address ${problem}.` };
}
