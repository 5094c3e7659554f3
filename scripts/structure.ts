import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import type { Graph, Import } from './imports.ts';
import { byFolder, chain, circles, readImports } from './imports.ts';

/**
 * `npm run check:structure`: imports run one way, those of types included. Packages import as `packages` says, rooms of
 * the server as `rooms` says, and in no folder do its files and folders import in a circle. What documents link to exists.
 */

/** What each package imports. `test`, `bench` and the packages' own tests import any, and are imported by none of these. */
const packages: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  server: ['shared', 'server/dashboard'],
  'server/dashboard': ['shared'],
  zapier: ['shared'],
  'n8n-node': ['shared'],
};

interface Room {
  readonly does: string;
  /** The files and folders of `server/src` that it consists of; without: the folder of its name. */
  readonly of?: readonly string[];
}

/** The rooms of the server from the composition root down: each imports from those below it. */
const rooms: Readonly<Record<string, Room>> = {
  start: { does: 'commands and settings', of: ['main', 'index', 'start'] },
  compose: {
    does: 'builds all parts, starts and stops them in order',
    of: ['compose', 'compose-api', 'http-server', 'client-connections'],
  },
  api: { does: 'routes: authenticate, validate, answer' },
  dashboard: { does: 'serves the single-page app' },
  sessions: { does: 'who is signed in' },
  jobs: { does: 'many deliveries at once' },
  webhooks: { does: 'create, change, test, preview' },
  publish: { does: 'check, split, batch' },
  lane: { does: 'each webhook its queue, limits and order' },
  attempt: { does: 'render, sign, send, decide' },
  observe: { does: 'live log, statistics' },
  cluster: { does: 'members, leases, homes' },
  maintenance: { does: 'keeps the store tidy' },
  store: { does: 'SQLite and PostgreSQL' },
  config: { does: 'what an operator sets' },
  target: { does: 'requests to checked addresses' },
  security: { does: 'keys and secrets' },
  flow: { does: 'loops, batches, alarms' },
  common: {
    does: 'model, problems, ids, clock, log',
    of: ['log', 'log-output', 'check', 'problem', 'clock', 'ids', 'version', 'model'],
  },
};

const order = Object.keys(rooms);
const roomOf = new Map(Object.entries(rooms).flatMap(([room, { of = [room] }]) => of.map((name) => [name, room])));

/** The rooms that import each other directly, as a Mermaid diagram. An arrow that follows from others is left out. */
export function serverDiagram(): string {
  const graph = serverRooms(imports());
  const boxes = order.map((room) => `  ${room}["<b>${room}</b><br>${rooms[room]?.does}"]`);
  const arrows = order.flatMap((room) => {
    const imported = [...(graph.get(room)?.keys() ?? [])];
    const direct = imported.filter((other) => !imported.some((between) => chain(graph, between, other)));
    return direct.length === 0 ? [] : [`  ${room} --> ${direct.join(' & ')}`];
  });
  return ['```mermaid', 'flowchart TD', ...boxes, ...arrows, '```'].join('\n');
}

function imports(): Import[] {
  return readImports(['shared', 'server', 'zapier', 'n8n-node', 'test', 'bench']);
}

function serverRooms(all: readonly Import[]): Graph {
  const graph = new Map(order.map((room) => [room, new Map<string, Import>()]));
  for (const [importer, imported] of byFolder(all).get('server/src') ?? []) {
    for (const [name, shown] of imported) {
      const [from, to] = [roomOf.get(importer), roomOf.get(name)];
      if (from && to && from !== to) graph.get(from)?.set(to, shown);
    }
  }
  return graph;
}

/** The package that a file belongs to, the innermost; undefined: it is a test, a benchmark or a script. */
function packageOf(file: string): string | undefined {
  if (file.split('/').includes('test')) return undefined;
  return Object.keys(packages).findLast((name) => file === name || file.startsWith(`${name}/`));
}

function wrongPackages(all: readonly Import[]): string[] {
  return all.flatMap(({ from, to }) => {
    const [importer, imported] = [packageOf(from), packageOf(to)];
    if (!importer || importer === imported || packages[importer]?.includes(imported ?? '')) return [];
    return `${from} imports ${to}: ${importer} may not (scripts/structure.ts).`;
  });
}

function wrongRooms(all: readonly Import[]): string[] {
  const homeless = [...(byFolder(all).get('server/src') ?? [])]
    .flatMap(([name, imported]) => [name, ...imported.keys()])
    .filter((name) => !roomOf.has(name))
    .map((name) => `server/src/${name} is not in a room of scripts/structure.ts.`);
  const upward = [...serverRooms(all)].flatMap(([room, imported]) =>
    [...imported]
      .filter(([other]) => order.indexOf(other) < order.indexOf(room))
      .map(([other, { from, to }]) => `${from} imports ${to}: ${other} is above ${room} (scripts/structure.ts).`),
  );
  return [...new Set(homeless), ...upward];
}

function allCircles(all: readonly Import[]): string[] {
  const folders = [...byFolder(all)].filter(([folder]) => folder !== '');
  return folders.flatMap(([folder, graph]) =>
    circles(graph).map((circle) => {
      const steps = circle.map(({ from, to }) => `\n  ${from} imports ${to}`).join('');
      return `A circle in ${folder}:${steps}`;
    }),
  );
}

function brokenLinks(): string[] {
  return globSync('**/*.md', { exclude: ['**/node_modules'] }).flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !existsSync(join(dirname(page), link)))
      .map((link) => `${page} links to ${link}, which does not exist.`),
  );
}

if (import.meta.main) {
  const all = imports();
  const wrong = [...wrongPackages(all), ...wrongRooms(all), ...allCircles(all), ...brokenLinks()];
  for (const each of wrong) console.error(each);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
