import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sharedNow } from '../measure/clock.ts';
import { answerCalls, notice } from './calls.ts';
import type { Arrivals, Recorded } from './receiver.ts';

/**
 * The receiver: a bare HTTP server that answers 200 as soon as it has read a request, and writes down when it came.
 * Below `/hang` it reads and never answers, until it is told to let go.
 */
const recordedAtMost = 1000;
/** How often it says how much has arrived, while that changes. */
const noticeMs = 5;

let arrived = 0;
let announced = 0;
let lastAt = 0;
let ids: string[] = [];
let times: number[] = [];
let recorded: Recorded[] = [];
let recording = false;
let hanging = false;
const held = new Set<ServerResponse>();
let connections = 0;
let mostConnections = 0;

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => (request.url?.startsWith('/hang') ? hang(response) : take(request, chunks, response)));
});
server.on('connection', (socket) => {
  connections += 1;
  mostConnections = Math.max(mostConnections, connections);
  socket.once('close', () => {
    connections -= 1;
  });
});

function take(request: IncomingMessage, [first, ...others]: Buffer[], response: ServerResponse): void {
  lastAt = sharedNow();
  arrived += 1;
  times.push(lastAt);
  // The body starts with the event's id: {"id":"evt_…"
  ids.push(first?.toString('latin1', 7, 47) ?? '');
  if (recording) record(request, Buffer.concat([first ?? Buffer.alloc(0), ...others]));
  response.end('ok');
}

function record({ rawHeaders, url = '/' }: IncomingMessage, body: Buffer): void {
  recorded.push({ path: url, rawHeaders: [...rawHeaders], body: body.toString() });
  recording = recorded.length < recordedAtMost;
}

function hang(response: ServerResponse): void {
  if (!hanging) {
    response.end('ok');
    return;
  }
  held.add(response);
  response.once('close', () => held.delete(response));
}

setInterval(() => {
  if (arrived !== announced) notice(arrived);
  announced = arrived;
}, noticeMs);

answerCalls({
  listen: () =>
    new Promise<string>((resolve) => {
      server.listen(0, '127.0.0.1', 4096, () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    }),
  reset: () => {
    [arrived, announced, lastAt, ids, times] = [0, 0, 0, [], []];
    mostConnections = connections;
  },
  arrivals: (): Arrivals => ({ ids, times: Float64Array.from(times), lastAt, mostConnections }),
  record: () => {
    recorded = [];
    recording = true;
  },
  recorded: () => recorded,
  hang: () => {
    hanging = true;
  },
  held: () => held.size,
  letGo: () => {
    hanging = false;
    for (const response of held) response.end('ok');
  },
});
