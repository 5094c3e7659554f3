import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** One file imports another, or a package of this repository (then `to` is the package's folder). */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Who imports whom, each pair with one import that shows it. */
export type Graph = ReadonlyMap<string, ReadonlyMap<string, Import>>;

const statement = /^(?:import|export)\b[^'";]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;

/** All imports within the repository, those of types included. */
export function readImports(packages: readonly string[]): Import[] {
  const files = globSync(`{${[...packages, 'scripts'].join()}}/**/*.{ts,tsx}`, {
    exclude: ['**/node_modules', '**/dist'],
  });
  const folders = new Map(packages.map((folder) => [packageName(folder), folder]));
  const known = new Set([...files, ...packages]);
  return files.flatMap((from) =>
    [...readFileSync(from, 'utf8').matchAll(statement)]
      .map(([, ...specifiers]) => specifiers.find((each) => each !== undefined) ?? '')
      .map((specifier) => ({ from, to: resolve(from, specifier, folders) }))
      .filter(({ to }) => known.has(to)),
  );
}

function packageName(folder: string): string {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
}

function resolve(from: string, specifier: string, folders: ReadonlyMap<string, string>): string {
  if (specifier.startsWith('.')) return join(dirname(from), specifier);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return folders.get(name) ?? specifier;
}

/** For each folder, the imports among its files and folders. `filter.ts` and `filter/` are one. */
export function byFolder(imports: readonly Import[]): Map<string, Graph> {
  const folders = new Map<string, Map<string, Map<string, Import>>>();
  for (const each of imports) {
    const [from, to] = [parts(each.from), parts(each.to)];
    const depth = from.findIndex((name, index) => name !== to[index]);
    const [importer, imported] = [from[depth], to[depth]];
    if (!importer || !imported) continue;
    const graph = entry(folders, from.slice(0, depth).join('/'), () => new Map());
    entry(
      entry(graph, importer, () => new Map()),
      imported,
      () => each,
    );
  }
  return folders;
}

function parts(file: string): string[] {
  return file.replace(/\.tsx?$/, '').split('/');
}

function entry<V>(map: Map<string, V>, key: string, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}

/** The shortest chain of imports from one to another; undefined: there is none. */
export function chain(graph: Graph, from: string, to: string): Import[] | undefined {
  const chains: [string, Import[]][] = [[from, []]];
  const seen = new Set<string>();
  for (const [at, behind] of chains) {
    for (const [next, shown] of graph.get(at) ?? []) {
      if (next === to) return [...behind, shown];
      if (!seen.has(next)) chains.push([next, [...behind, shown]]);
      seen.add(next);
    }
  }
  return undefined;
}

/** One circle for each knot of a graph. */
export function circles(graph: Graph): Import[][] {
  const knotted = new Set<string>();
  return [...graph.keys()].flatMap((at) => {
    const circle = knotted.has(at) ? undefined : chain(graph, at, at);
    if (!circle) return [];
    for (const other of graph.keys()) if (chain(graph, at, other) && chain(graph, other, at)) knotted.add(other);
    return [circle];
  });
}
