import { isIPv6 } from 'node:net';
import { bareHost } from './host-names.ts';
import { parseAddress, parseRange, rangeContains } from './ip.ts';
import type { TargetOrigin } from './target-url.ts';

type Exception = (host: string, port: string) => boolean;

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
const hostName = /^(?:\*?\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;

/**
 * Reads a list of targets that need no proxy, each written as in NO_PROXY: `example.com` is the host and those below it,
 * `.example.com` (or `*.example.com`) only those below it, `10.0.0.0/8` and `10.0.0.5` are addresses in URLs; all can
 * end with a port. Space around entries, and empty ones, are ignored.
 *
 * @throws an error that names the first invalid entry
 */
export function parseProxyExceptions(entries: readonly string[]): (target: TargetOrigin) => boolean {
  const exceptions = entries
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map(readEntry);
  return ({ protocol, hostname, port }) => {
    const host = bareHost(hostname);
    return exceptions.some((matches) => matches(host, port || (defaultPorts[protocol] ?? '')));
  };
}

function readEntry(entry: string): Exception {
  const [, before, port] = isIPv6(entry) ? [] : (/^(.+):(\d{1,5})$/.exec(entry) ?? []);
  const matches = readHost(before ?? entry);
  if (!matches) {
    throw new Error(
      `The proxy exception "${entry}" is not a host, a domain, an address or a range. Write hooks.example.com, .example.com, 10.0.0.5 or 10.0.0.0/8, with a port if it is for that alone: hooks.example.com:8443.`,
    );
  }
  return port === undefined ? matches : (host, given) => given === port && matches(host, given);
}

function readHost(text: string): Exception | undefined {
  const range = parseRange(text.replaceAll(/[[\]]/g, ''));
  if (range) {
    return (host) => {
      const address = parseAddress(host);
      return address !== undefined && rangeContains(range, address);
    };
  }
  if (!hostName.test(text)) return undefined;
  const name = text.toLowerCase().replace(/^\*/, '');
  const below = name.startsWith('.') ? name : `.${name}`;
  return (host) => host === name || host.endsWith(below);
}
