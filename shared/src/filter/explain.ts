import type { JsonValue } from '../json.ts';
import { formatFilter, formatPath } from './format.ts';
import { shortened } from './tokens.ts';
import type { Condition, Filter, Path } from './tree.ts';
import type { Found, Verdict } from './verdict.ts';

const longest = 1000;
const longestCondition = 160;
const longestValue = 40;
/** Where it took all conditions, so many are told. */
const mostTold = 3;

/** What decided a filter, in words. */
export function explain(verdict: Verdict): string {
  return shortened(inWords(verdict), longest - 1);
}

function inWords(verdict: Verdict): string {
  if ('condition' in verdict) {
    const { condition, matches, found } = verdict;
    return `${quote(condition)} is ${matches}: ${fact(condition, matches, found)}`;
  }
  if ('negated' in verdict) return `${quote(verdict.filter)} is ${verdict.matches}, as ${inWords(verdict.negated)}`;
  const told = verdict.because.slice(0, mostTold).map(inWords);
  const rest = verdict.because.length - told.length;
  return `${told.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

function quote(filter: Filter): string {
  return `\`${shortened(formatFilter(filter, shown), longestCondition)}\``;
}

function fact({ path }: Condition, matches: boolean, { looked, value, places }: Found): string {
  const isOfMany = path.includes(null);
  if (!isOfMany || matches) return `${shortened(formatPath(path, places), longestCondition)} is ${shown(value, path)}`;
  if (looked === 0) return `there is nothing at ${shortened(formatPath(path), longestCondition)}`;
  return looked === 1 ? `the only value is ${shown(value, path)}` : `it holds for none of ${looked} values`;
}

const secretName = /pass(?:word|code|phrase)|secret|token|api[_-]?key|private[_-]?key|credential|authorization/i;
const secretValue = /^(?:[spr]k|whsec|gh[pousr]|xox[a-z])[_-]|^(?:Bearer|Basic) |^eyJ[\w-]+\.|-----BEGIN /;

/** A value in an explanation: short, and nothing of what looks like a secret. */
function shown(value: JsonValue | undefined, path: Path): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') {
    const secret = secretValue.test(value) || path.some((step) => typeof step === 'string' && secretName.test(step));
    return secret ? '"…"' : JSON.stringify(shortened(value, longestValue));
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
}
