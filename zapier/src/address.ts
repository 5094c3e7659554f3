export type Address = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly problem: string };

/** What of a pasted address belongs to the API or its pages, not to the server. */
const pages = /\/(?:v1|docs|openapi\.json)(?:\/.*)?$/;

/**
 * The server's address from what a person typed: with or without `https://`, with a slash or a page of the API behind it.
 * Plain http is for a server on the same machine, while developing.
 *
 * A problem never repeats what was typed: it may be the API key, pasted into the wrong field.
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

/** A name with a dot in it, or an address: nothing else can be reached from the internet. */
function isHost(hostname: string): boolean {
  return isLoopback(hostname) || hostname.startsWith('[') || /^[^.]+(?:\.[^.]+)+\.?$/.test(hostname);
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function refused(problem: string): Address {
  return { ok: false, problem: `The server address ${problem}.` };
}
