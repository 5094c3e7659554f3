import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { TunnelError, type TunnelErrorKind } from './errors.ts';
import type { ProxyAddress } from './proxy-address.ts';

export interface TunnelOptions {
  /** The receiver, for messages: `host` or `host:port`. */
  readonly host: string;
  /** Where the tunnel leads: `name:port`, `192.0.2.1:port` or `[2001:db8::1]:port`. */
  readonly authority: string;
  /** Milliseconds to reach the proxy. */
  readonly connectMs: number;
  /** Milliseconds for its answer once it is reached. */
  readonly answerMs: number;
  /** Certificate authorities (PEM) to trust in place of Node's own, for a proxy behind TLS. */
  readonly ca?: string[];
}

/**
 * Opens a tunnel through a proxy (CONNECT, RFC 9110 section 9.3.6).
 *
 * @throws {TunnelError} that says whether the proxy or the receiver is at fault
 */
export function openTunnel(proxy: ProxyAddress, options: TunnelOptions): Promise<Socket> {
  const { host, authority, connectMs, answerMs, ca } = options;
  return new Promise((resolve, reject) => {
    const request = (proxy.encrypted ? requestHttps : requestHttp)({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: connectHeaders(proxy, authority),
      // Said here, as Node would take it from the host header, which names the receiver. RFC 6066: no addresses.
      servername: isIP(proxy.hostname) === 0 ? proxy.hostname : '',
      // No pool: the connection becomes the tunnel.
      agent: false,
      ...(ca ? { ca } : {}),
    });
    let reached = false;
    let timer = setTimeout(() => request.destroy(unreachable('ETIMEDOUT')), connectMs);
    request.once('socket', (socket) => {
      socket.once(proxy.encrypted ? 'secureConnect' : 'connect', () => {
        reached = true;
        clearTimeout(timer);
        timer = setTimeout(() => request.destroy(noAnswer(host)), answerMs);
      });
    });
    request.once('connect', (response, socket, head) => {
      clearTimeout(timer);
      const problem = refusal(response, host) ?? (head.length > 0 ? speaksFirst() : undefined);
      // Whoever takes the tunnel over listens for its errors a moment later.
      socket.on('error', () => {});
      if (!problem) return resolve(socket);
      socket.destroy();
      reject(problem);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(error instanceof TunnelError ? error : failure(error, reached));
    });
    request.end();
  });
}

/** @param when completes "has not connected to example.com …" */
export function tunnelTimeout(host: string, when: string): string {
  return `The proxy that this server sends through has not connected to ${host} ${when}. Check that the receiver can be reached; if webhooks to other hosts fail like this too, the proxy is at fault.`;
}

function connectHeaders({ authorization }: ProxyAddress, authority: string): Record<string, string> {
  const headers = { host: authority, connection: 'keep-alive' };
  return authorization === undefined ? headers : { ...headers, 'proxy-authorization': authorization };
}

/** What an answer other than 2xx means. Proxies agree on 407 and 504; 500, 502 and 503 all stand for "not connected". */
function refusal({ statusCode: status = 0 }: IncomingMessage, host: string): TunnelError | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 407) return ours(`did not accept this server (${status})`, `${status}`);
  if (status === 403) {
    const message = `The proxy that this server sends through does not allow connections to ${host} (${status}). Use another host, or ask whoever runs this server to allow this one.`;
    return new TunnelError('target_refused', message, `${status}`);
  }
  if (status === 504)
    return new TunnelError('timeout', notConnected(host, `${status}: no answer in time`), `${status}`);
  if (status >= 500) return new TunnelError('network', notConnected(host, `${status}`), `${status}`);
  return ours(`answered ${status} when it was asked for a connection`, `${status}`);
}

function failure({ code = 'error' }: NodeJS.ErrnoException, reached: boolean): TunnelError {
  if (!reached) return unreachable(code);
  if (code.startsWith('HPE_')) return ours('answered what is not HTTP', code);
  return ours(`broke off the connection without an answer (${code})`, code);
}

function notConnected(host: string, how: string): string {
  return `The proxy that this server sends through could not connect to ${host} (${how}). Check that the receiver is running and can be reached.`;
}

function unreachable(code: string): TunnelError {
  return ours(`cannot be reached (${code})`, code);
}

function noAnswer(host: string): TunnelError {
  return new TunnelError('timeout', tunnelTimeout(host, 'in time'), 'no answer');
}

/** A client that speaks HTTP has the first word, and undici takes bytes before its request for a reason to reconnect. */
function speaksFirst(): TunnelError {
  return new TunnelError('protocol', 'The receiver sent data before the request.', 'data before the request');
}

function ours(what: string, detail: string): TunnelError {
  const kind: TunnelErrorKind = 'proxy';
  const message = `Nothing was sent: the proxy that this server sends through ${what}. The receiver is not at fault; whoever runs this server has to correct it.`;
  return new TunnelError(kind, message, detail);
}
