import { ConnectionError, TargetRefusedError, TunnelError } from './errors.ts';
import { maxResponseHeaderBytes } from './http-agent.ts';
import type { HttpErrorCode } from './http-result.ts';
import { duration, type Stage, stageTimeout } from './opening.ts';
import { notTheReceiver } from './own-faults.ts';
import { http2Only, isTlsCode, tlsCause } from './tls-causes.ts';
import { tunnelTimeout } from './tunnel.ts';

/** How far a request came before it failed. */
export interface Progress {
  readonly host: string;
  readonly encrypted: boolean;
  readonly connected: boolean;
  /** The receiver has not yet taken the whole request. */
  readonly unsent: boolean;
  /** What a new connection to the host waits for; `undefined`: none is being opened. */
  readonly opening: Stage | undefined;
  readonly status: number | undefined;
}

export interface Explanation {
  readonly code: HttpErrorCode;
  readonly message: string;
  /** For the operator's log. */
  readonly detail?: string | undefined;
}

/** undici's parser errors have a name and no code. */
const parserError = 'HTTPParserError';

/** Explains a client error to the customer. The error's own text can contain the URL and is not used. */
export function explainError(error: unknown, progress: Progress): Explanation {
  if (error instanceof TunnelError || error instanceof ConnectionError)
    return { code: error.kind, message: error.message };
  const { name = '', code = name, message = '' } = (error ?? {}) as { name?: string; code?: string; message?: string };
  if (error instanceof TargetRefusedError) return { code: error.code, message, detail: error.detail };
  const { host, connected } = progress;
  switch (code) {
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
      return explainAnswer(code, error, progress);
  }
}

/** @param deadlineMs the request's time-out */
export function explainTimeout(deadlineMs: number, progress: Progress): Explanation {
  const { host, connected, opening } = progress;
  return { code: 'timeout', message: connected ? answerTimeout(duration(deadlineMs), progress) : openingTimeout() };

  function openingTimeout(): string {
    if (!opening) return `Connecting to ${host} timed out after ${duration(deadlineMs)}.`;
    return opening === 'tunnel'
      ? tunnelTimeout(host, `within ${duration(deadlineMs)}`)
      : stageTimeout(opening, host, deadlineMs);
  }
}

function answerTimeout(time: string, { status, unsent }: Progress): string {
  if (status !== undefined) return `The receiver answered ${status} but did not finish its response within ${time}.`;
  if (unsent) return `The receiver did not read the whole request within ${time}. It has to read the body to its end.`;
  return `The receiver accepted the connection but did not answer within ${time}.`;
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

function explainAnswer(code: string, error: unknown, progress: Progress): Explanation {
  const { host, status } = progress;
  const { message = '', reason = '', data = '', cause } = (error ?? {}) as ClientError;
  if (isTlsCode(code)) return { code: 'tls', message: tlsCause({ host, code, reason }) };
  if (cause?.code !== undefined && isTlsCode(cause.code)) return explainAnswer(cause.code, cause, progress);
  const other = otherProtocol(code, data, host);
  if (other !== undefined) return { code: 'protocol', message: other };
  if (isReset(code, message, status)) return explainReset(progress);
  const what = malformed(code, message);
  if (what) {
    const answer = status === undefined ? '' : ` answered ${status}, but it`;
    return { code: 'protocol', message: `The receiver${answer} sent ${what}.` };
  }
  return { code: 'network', message: `The request to ${host} failed (${code}).` };
}

/** Another protocol, by the first bytes of an answer that is not HTTP/1.1. */
function otherProtocol(code: string, data: string, host: string): string | undefined {
  if (code !== parserError) return undefined;
  // RFC 9113 section 3.4: a server's first frame is SETTINGS (type 4) of stream 0.
  if (data.startsWith('\0\0') && data.charCodeAt(3) === 4) return http2Only(host);
  // RFC 8446 section 5.1: an alert (type 21) of any version of TLS.
  if (data.charCodeAt(0) === 21 && data.charCodeAt(1) === 3)
    return `${host} expects TLS on this port. Write https:// in the webhook's URL.`;
  return undefined;
}

/** What undici, its parser and OpenSSL put in an error. */
interface ClientError {
  readonly message?: string;
  readonly reason?: string;
  readonly data?: string;
  readonly cause?: { readonly code?: string };
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
    const message = `${host} closed the connection during the TLS handshake. Check that it serves https:// on this port, has a certificate for this name, and is not at its limit of connections.`;
    return { code: 'tls', message };
  }
  const message =
    status === undefined
      ? `The receiver closed the connection without answering.${encrypted ? '' : ` If it expects TLS, write https:// in the webhook's URL.`}`
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
