import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Socket } from 'node:net';
import { afterTest } from '../../cleanup.ts';

export type RecordType = 'A' | 'AAAA';
/** Addresses, or an error. An empty list: the name exists and has no address of that family. */
export type Answer = readonly string[] | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';
/** What the server knows of a name. A promise that is never kept: it never answers. */
export type Zone = (name: string, type: RecordType) => Answer | Promise<Answer>;

/** A name server (RFC 1035) on 127.0.0.1, over UDP and TCP. */
export interface NameServer {
  /** `address:port`, as Node's resolvers take it. */
  readonly address: string;
  /** Every query that came, such as `example.com A`; a repeated one counts again. */
  readonly queries: readonly string[];
  readonly close: () => Promise<void>;
}

export interface NameServerOptions {
  /** Seconds for which its answers hold. Default: 60. */
  readonly ttl?: number;
  /** Default: a free one. */
  readonly port?: number;
}

export const silence = new Promise<never>(() => {});

const types: Readonly<Record<number, RecordType>> = { 1: 'A', 28: 'AAAA' };
const codes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;
/** RFC 1035 section 4.2.1, for those who do not announce more (RFC 6891). */
const maxUdpBytes = 512;

/** A name server that is closed after the test. */
export async function nameServer(zone: Zone, options: NameServerOptions = {}): Promise<NameServer> {
  const server = await openNameServer(zone, options);
  afterTest(server.close);
  return server;
}

export async function openNameServer(
  zone: Zone,
  { ttl = 60, port: wanted = 0 }: NameServerOptions = {},
): Promise<NameServer> {
  const queries: string[] = [];
  const respond = async (query: Buffer): Promise<Buffer> => {
    const { name, type, end } = question(query);
    queries.push(`${name} ${type}`);
    return response(query.subarray(0, end), await zone(name, type), ttl);
  };
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    serveTcp(socket, respond);
  });
  tcp.listen(wanted, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  let open = true;
  udp.on('message', async (query, { port: to, address }) => {
    const whole = await respond(query);
    if (open) udp.send(whole.length > maxUdpBytes ? truncated(whole, query) : whole, to, address);
  });
  const close = () => {
    open = false;
    udp.close();
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => tcp.close(() => resolve()));
  };
  return { address: `127.0.0.1:${port}`, queries, close };
}

/** RFC 1035 section 4.2.2: a length before each message. */
function serveTcp(socket: Socket, respond: (query: Buffer) => Promise<Buffer>): void {
  let bytes = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', async (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
    const query = bytes.subarray(2, 2 + bytes.readUInt16BE(0));
    bytes = bytes.subarray(2 + query.length);
    const whole = await respond(query);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(whole.length);
    socket.write(Buffer.concat([length, whole]));
  });
}

function question(query: Buffer): { name: string; type: RecordType; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: types[query.readUInt16BE(at + 1)] ?? 'A', end: at + 5 };
}

/** @param asked the query's header and question, without what it may say of itself afterwards (EDNS) */
function response(asked: Buffer, answer: Answer, ttl: number): Buffer {
  const records = typeof answer === 'string' ? [] : answer.map((address) => record(address, ttl));
  const head = Buffer.from(asked);
  // A response, to a query that desired recursion, from a server that offers it.
  head.writeUInt16BE(0x8180 | (typeof answer === 'string' ? codes[answer] : 0), 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  return Buffer.concat([head, ...records]);
}

/** The name is that of the question: a pointer to byte 12 (RFC 1035 section 4.1.4). */
function record(address: string, ttl: number): Buffer {
  const data = isIPv6(address) ? bytesOfV6(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.from([0xc0, 12, 0, data.length === 16 ? 28 : 1, 0, 1, 0, 0, 0, ttl, 0, data.length]);
  return Buffer.concat([head, data]);
}

function bytesOfV6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The question alone, with the bit that says "ask again over TCP". */
function truncated(whole: Buffer, query: Buffer): Buffer {
  const head = Buffer.from(whole.subarray(0, question(query).end));
  head.writeUInt16BE(head.readUInt16BE(2) | 0x0200, 2);
  head.writeUInt16BE(0, 6);
  return head;
}
