import { TunnelError } from './errors.ts';
import { maxResponseHeaderBytes } from './http-agent.ts';
import type { HttpErrorCode } from './http-result.ts';
import { notTheReceiver } from './own-faults.ts';
import { tunnelTimeout } from './tunnel.ts';

/** How far a request came before it failed. */
export interface Progress {
  readonly host: string;
  readonly encrypted: boolean;
  /** The connection goes through the operator's proxy. */
  readonly throughProxy: boolean;
  readonly connected: boolean;
  readonly status: number | undefined;
}

export interface Explanation {
  readonly code: HttpErrorCode;
  readonly message: string;
}

/** Codes for failed handshakes and rejected certificates (Node documentation, TLS, "X509 certificate error codes"). */
const tlsCode =
  /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_|PATH_LENGTH_|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$)/;

/** undici's parser errors have a name and no code. */
const parserError = 'HTTPParserError';

const certificateProblems: Readonly<Record<string, (host: string) => string>> = {
  CERT_HAS_EXPIRED: (host) => `The certificate of ${host} has expired. Renew it.`,
  CERT_NOT_YET_VALID: (host) => `The certificate of ${host} is not valid yet. Check its dates.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (host) =>
    `The receiver's certificate is not for ${host}. Use the host it names, or a certificate for this one.`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (host) =>
    `The certificate of ${host} is self-signed. Use one from a public certificate authority.`,
  SELF_SIGNED_CERT_IN_CHAIN: (host) =>
    `The certificate of ${host} is from an authority that is not trusted. Use one from a public certificate authority.`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: incompleteChain,
  UNABLE_TO_GET_ISSUER_CERT: incompleteChain,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: incompleteChain,
};

/** Explains a client error to the customer. The error's own text can contain the URL and is not used. */
export function explainError(error: unknown, progress: Progress): Explanation {
  if (error instanceof TunnelError) return { code: error.kind, message: error.message };
  const { name = '', code = name, message = '' } = (error ?? {}) as { name?: string; code?: string; message?: string };
  const { host, connected } = progress;
  switch (code) {
    case 'target_refused':
    case 'hindered':
      return { code, message };
    case 'target_lookup':
      return { code: 'dns', message };
    case 'ECONNREFUSED':
      return {
        code: 'refused',
        message: `${host} refused the connection. Check that the receiver is running and that the port is right.`,
      };
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      if (connected) return { code: 'network', message: `The connection to ${host} was lost (${code}).` };
      return { code: 'timeout', message: `Connecting to ${host} timed out.` };
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_ABORTED':
      return explainAbort();
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return {
        code: 'hindered',
        message: `Nothing was sent: it cannot be written as HTTP (${message}). ${notTheReceiver}`,
      };
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
      return { code: 'network', message: `There is no network route to ${host} (${code}).` };
    default:
      return explainAnswer(code, message, progress);
  }
}

/** @param deadlineMs the request's time-out */
export function explainTimeout(deadlineMs: number, { host, throughProxy, connected, status }: Progress): Explanation {
  const time = deadlineMs < 1000 ? `${deadlineMs} ms` : `${deadlineMs / 1000} s`;
  return { code: 'timeout', message: timeoutMessage() };

  function timeoutMessage(): string {
    if (!connected && throughProxy) return tunnelTimeout(host, `within ${time}`);
    if (!connected) return `Connecting to ${host} timed out after ${time}.`;
    if (status === undefined) return `The receiver accepted the connection but did not answer within ${time}.`;
    return `The receiver answered ${status} but did not finish its response within ${time}.`;
  }
}

export function explainAbort(): Explanation {
  return { code: 'aborted', message: 'The request was stopped because the server is shutting down.' };
}

export function explainWithdrawal(): Explanation {
  return { code: 'withdrawn', message: 'The webhook was paused or deleted before the request was sent.' };
}

/** True when the connection ended, by either side and in any way. */
export function isLostConnection(error: Error): boolean {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return isReset(code, message, undefined);
}

function explainAnswer(code: string, message: string, progress: Progress): Explanation {
  const { host, status } = progress;
  if (tlsCode.test(code)) {
    const words = certificateProblems[code]?.(host);
    return { code: 'tls', message: words ?? `The TLS handshake with ${host} failed (${code}).` };
  }
  if (isReset(code, message, status)) return explainReset(progress);
  const what = malformed(code, message);
  if (what) {
    const answer = status === undefined ? '' : ` answered ${status}, but it`;
    return { code: 'protocol', message: `The receiver${answer} sent ${what}.` };
  }
  return { code: 'network', message: `The request to ${host} failed (${code}).` };
}

/** What is wrong with a response that is not valid HTTP, or does not fit the request. */
function malformed(code: string, message: string): string | undefined {
  switch (code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return `more than ${maxResponseHeaderBytes / 1024} KiB of headers`;
    case 'UND_ERR_SOCKET':
      return 'a response that does not belong to a POST request';
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return 'a response that is not valid HTTP/1.1 (Content-Length)';
    case parserError:
      // The parser's fixed phrase for what it expected, in parentheses.
      return `a response that is not valid HTTP/1.1${/ \([^()]*\)$/.exec(message)?.[0] ?? ''}`;
    default:
      return undefined;
  }
}

function explainReset({ host, encrypted, connected, status }: Progress): Explanation {
  if (!connected && encrypted) {
    return { code: 'tls', message: `${host} closed the connection during the TLS handshake.` };
  }
  const message =
    status === undefined
      ? 'The receiver closed the connection without answering.'
      : `The receiver answered ${status} but closed the connection before its response was complete.`;
  return { code: 'reset', message };
}

function isReset(code: string, message: string, status: number | undefined): boolean {
  switch (code) {
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
      return true;
    // undici has one code for a closed socket and for unexpected responses ("bad response", "bad upgrade").
    case 'UND_ERR_SOCKET':
      return !message.startsWith('bad ');
    // Before the status, it means contradictory lengths.
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return status !== undefined;
    case parserError:
      return message.includes('(Invalid EOF state)');
    default:
      return false;
  }
}

function incompleteChain(host: string): string {
  return `The certificate of ${host} does not chain to a trusted authority. Serve the intermediate certificates with it, or use one from a public certificate authority.`;
}
