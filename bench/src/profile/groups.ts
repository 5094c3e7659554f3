import type { Frame } from './cpu-profile.ts';

/** Whose code a function is, in groups that say where an improvement would have to be made. */
export function groupOf(frame: Frame): string {
  return engineGroups.get(frame.name) ?? databaseGroup(frame) ?? threadGroup(frame) ?? ownerGroup(frame);
}

function databaseGroup({ name, url }: Frame): string | undefined {
  // The profiler counts an addon's own work as the work of who calls it.
  if (name === 'executeQuery' && /sqlite-driver\.js$/.test(url)) return 'SQLite: running statements';
  return /better-sqlite3\//.test(url) ? 'SQLite: preparing statements (better-sqlite3)' : undefined;
}

function threadGroup({ name, native }: Frame): string | undefined {
  return native && /^(postMessage|receiveMessageOnPort)$/.test(name) ? threads : undefined;
}

function ownerGroup({ url }: Frame): string {
  const [, part, folder] = /\/(server|shared)\/src\/(?:([\w-]+)\/)?/.exec(url) ?? [];
  if (part) return `ours: ${part === 'shared' ? 'shared' : (folder ?? 'server')}`;
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (dependency) return families.get(dependency) ?? dependency;
  return nodeGroups.find(([pattern]) => pattern.test(url))?.[1] ?? 'Node: other';
}

/** Time in which a thread waits. */
export const idle = 'idle';

/** What V8 writes in the place of a function. */
const engineGroups = new Map([
  ['(idle)', idle],
  ['(root)', idle],
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code that belongs to no function (system calls, parsing of HTTP)'],
]);

const threads = 'messages between the threads';

const familyMembers = {
  'express and helmet':
    'express helmet router body-parser raw-body finalhandler type-is content-type media-typer accepts negotiator mime-types mime-db qs parseurl path-to-regexp on-finished ee-first depd http-errors iconv-lite bytes vary etag fresh send encodeurl escape-html statuses once merge-descriptors proxy-addr forwarded ipaddr.js range-parser cookie debug ms inherits setprototypeof toidentifier unpipe side-channel',
  pino: 'pino sonic-boom safe-stable-stringify fast-redact @pinojs/redact quick-format-unescaped on-exit-leak-free thread-stream pino-std-serializers atomic-sleep',
};

/** Packages that are there for another one's sake. */
const families = new Map(
  Object.entries(familyMembers).flatMap(([family, members]) => members.split(' ').map((member) => [member, family])),
);

const nodeGroups: readonly (readonly [RegExp, string])[] = [
  [/^node:(_http_|http|internal\/http)/, 'Node: http'],
  [/^node:(net|_stream|stream|internal\/(stream|streams|js_stream|net))/, 'Node: sockets and streams'],
  [/^node:(internal\/)?(worker|per_context\/(messageport|domexception))/, threads],
  [/^node:(internal\/)?(crypto|url)/, 'Node: crypto and URL'],
  [/^node:(internal\/)?(timers|process)/, 'Node: timers, ticks and promises'],
  [/^node:(internal\/)?(buffer|events|async_hooks|string_decoder|encoding)/, 'Node: buffers and events'],
];
