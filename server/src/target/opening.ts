import type { X509Certificate } from 'node:crypto';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { ConnectionError } from './errors.ts';
import { issuerOf, isTlsCode, tlsCause } from './tls-causes.ts';
import type { UntrustedIssuers } from './untrusted-issuers.ts';

type Connector = buildConnector.connector;

/** What a connection waits for before a request can be sent. `tunnel`: for the operator's proxy. */
export type Stage = 'name' | 'connect' | 'tunnel' | 'handshake';

export interface Opening {
  stage: Stage;
}

/** The connections that are being opened, by origin. */
export class Openings {
  readonly #byOrigin = new Map<string, Set<Opening>>();

  /** The stage of the connection to an origin that has been opening for longest. */
  stageOf(origin: string): Stage | undefined {
    return this.#byOrigin.get(origin)?.values().next().value?.stage;
  }

  /** Follows a connection until `callback` is called. */
  follow(
    { protocol, host = '' }: buildConnector.Options,
    stage: Stage,
    callback: buildConnector.Callback,
  ): [Opening, buildConnector.Callback] {
    const origin = `${protocol}//${host}`;
    const opening = { stage };
    const others = this.#byOrigin.get(origin) ?? new Set();
    this.#byOrigin.set(origin, others.add(opening));
    const done: buildConnector.Callback = (...result) => {
      others.delete(opening);
      if (others.size === 0) this.#byOrigin.delete(origin);
      callback(...result);
    };
    return [opening, done];
  }
}

/** A connector that keeps the stage of what it opens up to date. */
export type FollowedConnector = (
  target: buildConnector.Options,
  opening: Opening,
  callback: buildConnector.Callback,
) => void;

/** Says how long a stage took, and what to change. @param host `host` or `host:port` */
export function stageTimeout(stage: Exclude<Stage, 'tunnel'>, host: string, ms: number): string {
  const within = `within ${duration(ms)}`;
  switch (stage) {
    case 'name':
      return `The name of ${host} was not resolved ${within}. Check the host in the webhook's URL and its name servers.`;
    case 'connect':
      return `${host} did not accept the connection ${within}. Check that the receiver is running and that its firewall allows this server.`;
    case 'handshake':
      return `${host} accepted the connection but did not finish the TLS handshake ${within}. Check that it serves https:// on this port, and that it is not overloaded.`;
  }
}

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}

/**
 * Follows the stages of the connections that a connector of undici opens, and explains why one fails with a
 * {@link ConnectionError}.
 */
export function explained(connect: Connector, limitMs: number, issuers: UntrustedIssuers): FollowedConnector {
  return (target, opening, callback) => {
    const startedAt = performance.now();
    let certificate: (() => X509Certificate | undefined) | undefined;
    // undici's connectors return the socket, which their type does not say.
    const socket: unknown = connect(target, (...result) => {
      const peer = certificate?.();
      const [error, opened] = result;
      if (!error) {
        if (opened instanceof TLSSocket) keepAlert(opened);
        return callback(...result);
      }
      // undici reports the operating system's time-outs as its own.
      const ms = error.cause ? performance.now() - startedAt : limitMs;
      callback(explain(error, { target, opening, ms, certificate: peer, issuers }), null);
    });
    if (!(socket instanceof Socket)) return;
    if (socket instanceof TLSSocket) certificate = keepCertificate(socket);
    socket.once('connectionAttempt', () => {
      opening.stage = 'connect';
    });
    socket.once('connect', () => {
      opening.stage = 'handshake';
    });
  };
}

/**
 * Reads the receiver's certificate when a socket is destroyed, which is how Node rejects one: afterwards it has none.
 * The function that it returns ends this.
 */
function keepCertificate(socket: TLSSocket): () => X509Certificate | undefined {
  let certificate: X509Certificate | undefined;
  const { destroy } = socket;
  socket.destroy = (error) => {
    certificate = socket.getPeerX509Certificate();
    return destroy.call(socket, error);
  };
  return () => {
    socket.destroy = destroy;
    return certificate;
  };
}

/**
 * In TLS 1.3 a receiver can refuse a client after the handshake. The alert comes before the end of the connection, which
 * is what undici reports: it becomes the cause of that.
 */
function keepAlert(socket: TLSSocket): void {
  let alert: Error | undefined;
  socket.on('error', (error) => {
    if (alert) error.cause ??= alert;
    else alert = error;
  });
}

interface Failed {
  readonly target: buildConnector.Options;
  readonly opening: Opening;
  readonly ms: number;
  readonly certificate: X509Certificate | undefined;
  readonly issuers: UntrustedIssuers;
}

function explain(error: Error, { target, opening, ms, certificate, issuers }: Failed): Error {
  const { code = '', reason, message } = error as NodeJS.ErrnoException & { reason?: string };
  const { host = target.hostname } = target;
  if (code === 'UND_ERR_CONNECT_TIMEOUT' && opening.stage !== 'tunnel') {
    return new ConnectionError('timeout', stageTimeout(opening.stage, host, ms), error);
  }
  if (!isTlsCode(code)) return error;
  const widespread = certificate !== undefined && issuers.isWidespread(code, issuerOf(certificate), target.hostname);
  // Node adds advice about its own options after a semicolon.
  const words = reason ?? message.split(';')[0] ?? '';
  return new ConnectionError('tls', tlsCause({ host, code, reason: words, certificate, widespread }), error);
}
