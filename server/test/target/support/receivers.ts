import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Agent } from 'undici';
import { createTargetAgent, type TargetAgentOptions } from '../../../src/target/http-agent.ts';
import { developmentPolicy, type TargetPolicy } from '../../../src/target/policy.ts';
import { afterTest } from '../../cleanup.ts';
import type { SelfSigned } from './self-signed.ts';

/** A server on a free port of 127.0.0.1, closed after the test. */
export interface Receiver {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
  readonly closed: () => Promise<void>;
}

export function agentFor(policy: TargetPolicy = developmentPolicy, options: TargetAgentOptions = {}): Agent {
  const agent = createTargetAgent(policy, options);
  afterTest(() => agent.destroy());
  return agent;
}

export type Answer = (request: IncomingMessage & { body: string }, response: ServerResponse) => void;

export function httpReceiver(answer: Answer): Promise<Receiver> {
  return listen(createHttpServer(readThen(answer)));
}

export function httpsReceiver(certificate: SelfSigned, answer: Answer, options: TlsOptions = {}): Promise<Receiver> {
  return listen(createHttpsServer({ key: certificate.key, cert: certificate.cert, ...options }, readThen(answer)));
}

/** A receiver that writes bytes of its own, once the request has begun to arrive. */
export function rawReceiver(answer: (socket: Socket) => void): Promise<Receiver> {
  return tcpReceiver((socket) => {
    socket.once('data', () => answer(socket));
  });
}

export function tcpReceiver(accept: (socket: Socket) => void): Promise<Receiver> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      accept(socket);
    }),
  );
}

/** A receiver behind TLS that writes bytes of its own. `accept` is called when the handshake is done. */
export function tlsReceiver(certificate: SelfSigned, accept: (socket: TLSSocket) => void): Promise<Receiver> {
  const server = createTlsServer({ key: certificate.key, cert: certificate.cert }, (socket) => {
    socket.on('error', () => {});
    accept(socket);
  });
  return listen(server);
}

/** Accepts connections, and passes their bytes on to another receiver, in both directions, once it is released. */
export async function gate(receiver: Receiver): Promise<{ readonly port: number; readonly release: () => void }> {
  const opened = Promise.withResolvers<void>();
  const front = await tcpReceiver((socket) => {
    void opened.promise.then(() => {
      const behind = connect(receiver.port, '127.0.0.1');
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
  });
  return { port: front.port, release: opened.resolve };
}

/** Calls back with each request that has arrived in full: one whose body is `{}`. */
export function eachRequest(socket: Socket, arrived: () => void): void {
  let bytes = '';
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.toString('latin1');
    if (!bytes.endsWith('\r\n\r\n{}')) return;
    bytes = '';
    arrived();
  });
}

/** Writes a piece every few milliseconds until the connection closes. Returns how many were written. */
export function drip(socket: Socket, piece: string, everyMs = 5): void {
  const timer = setInterval(() => socket.write(piece), everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const receiver = await tcpReceiver(() => {});
  await receiver.closed();
  return receiver.port;
}

async function listen(server: Server): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.prependListener('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const closed = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(closed);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    closed,
  };
}

function readThen(answer: Answer): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(Object.assign(request, { body: Buffer.concat(chunks).toString() }), response));
  };
}
