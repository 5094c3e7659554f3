/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export const maxHeaderNameLength = 128;
export const maxHeaderValueLength = 4096;

/** Headers that customers cannot set, and why. `_` counts as `-`, as CGI and WSGI do not distinguish them. */
const refused = new Map<string, string>([
  ...because('it frames the request (RFC 9112 section 6)', ['content-length', 'transfer-encoding', 'trailer', 'te']),
  ...because('it belongs to the connection (RFC 9110 section 7.6.1)', [
    'connection',
    'keep-alive',
    'upgrade',
    'http2-settings',
    'proxy-connection',
  ]),
  ...because('it changes how the receiver answers (RFC 9110 section 10.1.1)', ['expect']),
  ...because('it comes from the URL', ['host']),
  ...because('Bellhop sets it to match the body', [
    'content-type',
    'content-encoding',
    'content-range',
    'content-transfer-encoding',
  ]),
  ...because('a gateway could read it as the address or the method of the request', [
    'forwarded',
    'via',
    'x-real-ip',
    'x-original-url',
    'x-rewrite-url',
    'x-http-method',
    'x-http-method-override',
    'x-method-override',
  ]),
]);

const refusedPrefixes = [
  ...because('it is meant for a proxy (RFC 9110 section 11.7)', ['proxy-']),
  ...because('a gateway could read it as the origin of the request', ['x-forwarded-']),
  ...because('it belongs to a WebSocket handshake (RFC 6455)', ['sec-websocket-']),
];

/**
 * Why a customer cannot add a header to a webhook's requests; `undefined` when it is allowed.
 *
 * The name is a token (RFC 9110 section 5.1). The value is visible ASCII, with spaces and tabs inside: Node would also
 * send ISO 8859-1, but receivers decode it differently (RFC 9110 section 5.5). Messages never repeat the value, as it
 * can be a credential.
 */
export function headerProblem(name: string, value: string): string | undefined {
  return nameProblem(name) ?? valueProblem(name, value);
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'A header needs a name.';
  if (name.length > maxHeaderNameLength) {
    return `A header name can have at most ${maxHeaderNameLength} characters. Use a shorter one.`;
  }
  if (!token.test(name)) {
    return "A header name can contain only letters, digits and !#$%&'*+-.^_`|~ (RFC 9110). Remove the other characters.";
  }
  const plain = name.toLowerCase().replaceAll('_', '-');
  const reason = refused.get(plain) ?? refusedPrefixes.find(([prefix]) => plain.startsWith(prefix))?.[1];
  return reason && `The header ${name} cannot be set: ${reason}. Remove it.`;
}

function valueProblem(name: string, value: string): string | undefined {
  if (value.length > maxHeaderValueLength) {
    return `The value of the header ${name} is longer than ${maxHeaderValueLength} characters. Use a shorter one.`;
  }
  if (/[\r\n\0]/.test(value)) return `The value of the header ${name} contains a line break or a NUL. Remove it.`;
  if (!/^[\t\x20-\x7e]*$/.test(value)) {
    return `The value of the header ${name} can contain only visible ASCII characters, spaces and tabs. Remove or encode the others.`;
  }
  if (value !== value.trim()) return `The value of the header ${name} starts or ends with a space or a tab. Remove it.`;
  return undefined;
}

function because(reason: string, names: readonly string[]): [name: string, reason: string][] {
  return names.map((name) => [name, reason]);
}
