import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterTest } from '../../cleanup.ts';
import type { SelfSigned } from './self-signed.ts';

export interface ProxyOptions {
  /** What a proxy knows of names: host to address. */
  readonly names?: Readonly<Record<string, string>>;
  /** The status it answers in place of a tunnel, or nothing for a tunnel. */
  readonly refuse?: (authority: string) => number | undefined;
  /** Kept before a tunnel is opened. */
  readonly until?: Promise<unknown>;
  /** Speaks TLS to those who connect to it. */
  readonly certificate?: SelfSigned;
}

/** A CONNECT proxy (RFC 9110 section 9.3.6) on a free port of 127.0.0.1, closed after the test. */
export interface ConnectProxy {
  readonly port: number;
  readonly requests: readonly {
    readonly authority: string;
    readonly headers: IncomingMessage['headers'];
    readonly from: string | undefined;
  }[];
  /** Requests that were not CONNECT: none of ours. */
  readonly others: number;
  /** Connections of its clients that are open now. */
  readonly open: number;
}

export async function connectProxy(options: ProxyOptions = {}): Promise<ConnectProxy> {
  const requests: { authority: string; headers: IncomingMessage['headers']; from: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  let others = 0;
  const { certificate } = options;
  const server = certificate ? createHttpsServer({ key: certificate.key, cert: certificate.cert }) : createHttpServer();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (_, response) => {
    others++;
    response.writeHead(405).end();
  });
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    const authority = request.url ?? '';
    requests.push({ authority, headers: request.headers, from: client.remoteAddress });
    client.on('error', () => {});
    void tunnel(client, authority, options);
  });
  await listen(server, sockets);
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get others() {
      return others;
    },
    get open() {
      return sockets.size;
    },
  };
}

async function tunnel(client: Socket, authority: string, { names = {}, refuse, until }: ProxyOptions): Promise<void> {
  const status = refuse?.(authority);
  if (status !== undefined) return void client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 2\r\n\r\nno`);
  await until;
  const { hostname, port } = new URL(`tunnel://${authority}`);
  const target = connect(Number(port), names[hostname] ?? hostname.replaceAll(/[[\]]/g, ''));
  target.once('connect', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    target.pipe(client).pipe(target);
  });
  target.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n'));
  target.once('close', () => client.destroySoon());
  client.once('close', () => target.destroy());
}

async function listen(server: Server, sockets: Set<Socket>): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
}
