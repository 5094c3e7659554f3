import type { parseProxyExceptions } from './proxy-exceptions.ts';

/** The operator's proxy for outgoing requests. */
export interface EgressProxy {
  /** `http://` or `https://`, with a user name and password if the proxy requires them. */
  readonly url: string;
  /**
   * Who resolves a receiver's name. `here`: this server, which checks the address and passes it to the proxy. `proxy`:
   * the proxy, which receives the name and has to refuse private addresses itself.
   */
  readonly resolve: 'here' | 'proxy';
  /** Targets that are connected to directly; see {@link parseProxyExceptions}. Default: none. */
  readonly except?: readonly string[] | undefined;
}

export interface ProxyAddress {
  readonly encrypted: boolean;
  /** A name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** For the server's log: host and port, without credentials. */
  readonly label: string;
  /** The value of Proxy-Authorization (RFC 7617). */
  readonly authorization: string | undefined;
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** @throws an error that says what to change without repeating the URL, which can contain a password */
export function parseProxyUrl(text: string): ProxyAddress {
  const url = URL.parse(text);
  const defaultPort = defaultPorts[url?.protocol ?? ''];
  if (!url || defaultPort === undefined) {
    throw new Error(
      "A proxy's URL must start with http:// or https://, such as http://user:password@proxy.example:3128.",
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.href.includes('#')) {
    throw new Error("A proxy's URL must end with its port, such as http://proxy.example:3128. Remove what follows it.");
  }
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    encrypted: url.protocol === 'https:',
    hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port,
    label: `${url.hostname}:${port}`,
    authorization: authorizationOf(url),
  };
}

function authorizationOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const [user, password] = [decoded(url.username), decoded(url.password)];
  // RFC 7617 section 2: the first colon ends the user name.
  if (user.includes(':')) throw new Error("A proxy's user name cannot contain a colon.");
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("The proxy's user name or password contains an invalid percent-encoding. Write % as %25.");
  }
}
