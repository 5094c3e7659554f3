import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { TunnelError } from './errors.ts';
import type { ProxyAddress } from './proxy-address.ts';

export interface TunnelOptions {
  /** The receiver, for messages: `host` or `host:port`. */
  readonly host: string;
  /** The other end of the tunnel: `name:port`, `192.0.2.1:port` or `[2001:db8::1]:port`. */
  readonly authority: string;
  /** Milliseconds to reach the proxy. */
  readonly connectMs: number;
  /** Milliseconds for its response once connected. */
  readonly answerMs: number;
  /** Whom to trust, for a proxy behind TLS. Default: Node's own authorities. */
  readonly secureContext?: SecureContext | undefined;
  /** The local address of the connection. Default: any. */
  readonly sourceAddress?: string | undefined;
}

/**
 * Opens a tunnel through a proxy (CONNECT, RFC 9110 section 9.3.6).
 *
 * @throws {TunnelError} whose kind tells whether the proxy or the receiver is at fault
 */
export function openTunnel(proxy: ProxyAddress, options: TunnelOptions): Promise<Socket> {
  const { host, authority, connectMs, answerMs, secureContext, sourceAddress } = options;
  return new Promise((resolve, reject) => {
    const request = (proxy.encrypted ? requestHttps : requestHttp)({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: connectHeaders(proxy, authority),
      // Set explicitly, as Node derives it from the Host header, which names the receiver. RFC 6066: no addresses.
      servername: isIP(proxy.hostname) === 0 ? proxy.hostname : '',
      // No pool: the connection becomes the tunnel.
      agent: false,
      ...(secureContext ? { secureContext } : {}),
      ...(sourceAddress === undefined ? {} : { localAddress: sourceAddress, family: isIP(sourceAddress) }),
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
      // The new owner of the tunnel adds its error listener a moment later.
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

/** @param when completes "did not connect to example.com …" */
export function tunnelTimeout(host: string, when: string): string {
  return `This server's proxy did not connect to ${host} ${when}. Check that the receiver is reachable; if webhooks to other hosts fail like this too, the proxy is at fault.`;
}

function connectHeaders({ authorization }: ProxyAddress, authority: string): Record<string, string> {
  const headers = { host: authority, connection: 'keep-alive' };
  return authorization === undefined ? headers : { ...headers, 'proxy-authorization': authorization };
}

/** The error for a status other than 2xx. Proxies agree on 407 and 504; 500, 502 and 503 all mean "not connected". */
function refusal({ statusCode: status = 0 }: IncomingMessage, host: string): TunnelError | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 407) return proxyFault(`rejected this server's credentials (${status})`, `${status}`);
  if (status === 403) {
    const message = `This server's proxy does not allow connections to ${host} (${status}). Use another host, or ask the operator of this server to allow it.`;
    return new TunnelError('target_refused', message, `${status}`);
  }
  if (status === 504)
    return new TunnelError('timeout', notConnected(host, `${status}: no answer in time`), `${status}`);
  if (status >= 500) return new TunnelError('network', notConnected(host, `${status}`), `${status}`);
  return proxyFault(`answered ${status} to a CONNECT request`, `${status}`);
}

function failure({ code = 'error' }: NodeJS.ErrnoException, reached: boolean): TunnelError {
  if (!reached) return unreachable(code);
  if (code.startsWith('HPE_')) return proxyFault('did not answer with valid HTTP', code);
  return proxyFault(`closed the connection without answering (${code})`, code);
}

function notConnected(host: string, how: string): string {
  return `This server's proxy could not connect to ${host} (${how}). Check that the receiver is running and reachable.`;
}

function unreachable(code: string): TunnelError {
  return proxyFault(`is unreachable (${code})`, code);
}

function noAnswer(host: string): TunnelError {
  return new TunnelError('timeout', tunnelTimeout(host, 'in time'), 'no answer');
}

/** In HTTP, the client speaks first; undici treats bytes before its request as a reason to reconnect. */
function speaksFirst(): TunnelError {
  return new TunnelError('protocol', 'The receiver sent data before the request.', 'data before the request');
}

function proxyFault(what: string, detail: string): TunnelError {
  const message = `Nothing was sent: this server's proxy ${what}. The receiver is not at fault; the operator of this server has to fix it.`;
  return new TunnelError('hindered', message, detail);
}
