import type { EventField } from '../event-fields.ts';
import type { JsonObject } from '../json.ts';
import { formatPath } from './format.ts';
import type { Filter, Path } from './tree.ts';
import { evaluate } from './verdict.ts';

/** A path of a filter that leads nowhere. */
export interface UnknownField {
  readonly path: string;
  /** The path that was probably meant. */
  readonly nearest: string | undefined;
}

/** What is known of the data of an event type. */
export interface KnownData {
  readonly fields: readonly EventField[];
  readonly sample: JsonObject;
}

/**
 * The paths of a filter that no event type has, as far as their schemas and samples say: where a schema does not list
 * the fields of an object, any may be there.
 */
export function unknownFields(filter: Filter, types: readonly KnownData[]): UnknownField[] {
  const paths = new Map(pathsOf(filter).map((path) => [formatPath(path), path]));
  return [...paths].flatMap(([path, steps]) => {
    const missing = types.map((type) => missingStep(steps, type));
    if (missing.length === 0 || missing.includes(null)) return [];
    return {
      path,
      nearest: nearestPath(
        steps,
        missing.filter((each) => each !== null),
      ),
    };
  });
}

function pathsOf(filter: Filter): readonly Path[] {
  if ('path' in filter) return [filter.path];
  return filter.kind === 'not' ? pathsOf(filter.filter) : filter.filters.flatMap(pathsOf);
}

interface Missing {
  /** Index of the first step that is not there. */
  readonly step: number;
  readonly known: readonly string[];
}

/** Null: it may be there. */
function missingStep(path: Path, { fields, sample }: KnownData): Missing | null {
  if (evaluate({ kind: 'exists', path }, sample, { left: Number.POSITIVE_INFINITY }).matches) return null;
  let known = fields;
  for (const [step, name] of path.entries()) {
    if (typeof name !== 'string') continue;
    if (known.length === 0) return null;
    const field = known.find(({ key }) => key === name);
    if (!field) return { step, known: known.map(({ key }) => key) };
    known = field.fields;
  }
  return null;
}

function nearestPath(path: Path, missing: readonly Missing[]): string | undefined {
  const candidates = missing.flatMap(({ step, known }) => {
    const name = String(path[step]);
    return known.map((key) => ({ step, key, distance: distance(plain(name), plain(key)), most: mostEdits(name) }));
  });
  const [best] = candidates.filter((each) => each.distance <= each.most).sort((a, b) => a.distance - b.distance);
  return best && formatPath(path.with(best.step, best.key));
}

/** A third of the letters may be mistaken. */
function mostEdits(name: string): number {
  return Math.max(1, Math.floor(name.length / 3));
}

/** `callerPhone` and `caller_phone` are near. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** How many letters are missing, too many, another, or swapped with the next; Infinity where lengths differ much. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > mostEdits(a)) return Number.POSITIVE_INFINITY;
  let [before, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edits = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + change];
      row.push(Math.min(...edits, swapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY));
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[] | undefined, index: number): number {
  return row?.[index] ?? Number.POSITIVE_INFINITY;
}
