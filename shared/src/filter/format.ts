import type { JsonValue } from '../json.ts';
import { reserved } from './parser.ts';
import { isPlainName } from './tokens.ts';
import type { Condition, Filter, Path } from './tree.ts';

/** Formats the value of a condition. */
export type WriteValue = (value: JsonValue, path: Path) => string;

/** A filter as normalized text. Parsing it gives the same filter. */
export function formatFilter(filter: Filter, write: WriteValue = (value) => JSON.stringify(value)): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.map((part) => formatPart(filter.kind, part, write)).join(` ${filter.kind} `);
    case 'not':
      return `not ${formatPart('not', filter.filter, write)}`;
    default:
      return formatCondition(filter, write);
  }
}

/** @param indexes a concrete index for each `[]` of the path. Default: `[]` as it is. */
export function formatPath(path: Path, indexes: readonly number[] = []): string {
  let wildcards = 0;
  const steps = path.map((step, index) => {
    if (typeof step === 'string') return index === 0 ? firstName(step) : laterName(step);
    if (step !== null) return `[${step}]`;
    wildcards += 1;
    return `[${indexes[wildcards - 1] ?? ''}]`;
  });
  return steps.join('');
}

/** Adds parentheses around a part that binds less tightly than its parent, and around a group of the same kind. */
function formatPart(outer: 'and' | 'or' | 'not', part: Filter, write: WriteValue): string {
  const text = formatFilter(part, write);
  const grouped = part.kind === 'or' || (part.kind === 'and' && outer !== 'or');
  return grouped ? `(${text})` : text;
}

function formatCondition(condition: Condition, write: WriteValue): string {
  const path = formatPath(condition.path);
  switch (condition.kind) {
    case 'exists':
      return `${path} exists`;
    case 'in':
      return `${path} in [${condition.values.map((value) => write(value, condition.path)).join(', ')}]`;
    case 'compare':
      return `${path} ${condition.operator} ${write(condition.value, condition.path)}`;
  }
}

function firstName(name: string): string {
  return isPlainName(name) && !reserved.has(name) ? name : `[${JSON.stringify(name)}]`;
}

function laterName(name: string): string {
  return isPlainName(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
