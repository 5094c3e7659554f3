/** The operator's proxy, through which every request leaves. */
export interface EgressProxy {
  /** `http://` or `https://`, with the user name and the password it asks for, if any. */
  readonly url: string;
  /**
   * Who finds the address of a receiver's name. `here`: this server, which checks it, and the proxy is told the
   * address. `proxy`: the proxy, which is told the name and has to refuse private addresses itself.
   */
  readonly resolve: 'here' | 'proxy';
}

export interface ProxyAddress {
  readonly encrypted: boolean;
  /** A name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** For the server's log: the host and the port, no credentials. */
  readonly label: string;
  /** The value of Proxy-Authorization (RFC 7617). */
  readonly authorization: string | undefined;
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** @throws an error that says what to change and does not repeat the URL, as it may hold a password */
export function parseProxyUrl(text: string): ProxyAddress {
  const url = URL.parse(text);
  const defaultPort = defaultPorts[url?.protocol ?? ''];
  if (!url || defaultPort === undefined) {
    throw new Error(
      'The URL of a proxy starts with http:// or https://, such as http://user:password@proxy.example:3128.',
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.href.includes('#')) {
    throw new Error(
      'The URL of a proxy ends with its port, such as http://proxy.example:3128. Remove what follows it.',
    );
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
  if (user.includes(':')) throw new Error('The user name of a proxy cannot contain a colon.');
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('The user name or the password of the proxy has a % that encodes nothing. Write a % as %25.');
  }
}
