import type { JsonValue } from '../json.ts';
import { formatFilter, formatPath } from './format.ts';
import { shortened } from './tokens.ts';
import type { Condition, Filter, Path } from './tree.ts';
import type { Found, Verdict } from './verdict.ts';

const maximumLength = 1000;
const maximumConditionLength = 160;
const maximumValueLength = 40;
/** Conditions that are explained when all of them decided together. */
const maximumConditions = 3;

/** What decided a filter, in words. */
export function explain(verdict: Verdict): string {
  return shortened(describe(verdict), maximumLength - 1);
}

function describe(verdict: Verdict): string {
  if ('condition' in verdict) {
    const { condition, matches, found } = verdict;
    return `${quote(condition)} is ${matches}: ${fact(condition, matches, found)}`;
  }
  if ('negated' in verdict)
    return `${quote(verdict.filter)} is ${verdict.matches}, because ${describe(verdict.negated)}`;
  const described = verdict.because.slice(0, maximumConditions).map(describe);
  const rest = verdict.because.length - described.length;
  return `${described.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

function quote(filter: Filter): string {
  return `\`${shortened(formatFilter(filter, shown), maximumConditionLength)}\``;
}

function fact({ path }: Condition, matches: boolean, { examined, value, indexes }: Found): string {
  const hasWildcard = path.includes(null);
  if (!hasWildcard || matches) {
    return `${shortened(formatPath(path, indexes), maximumConditionLength)} is ${shown(value, path)}`;
  }
  if (examined === 0) return `${shortened(formatPath(path), maximumConditionLength)} has no values`;
  return examined === 1 ? `the only value is ${shown(value, path)}` : `none of ${examined} values match`;
}

const secretName = /pass(?:word|code|phrase)|secret|token|api[_-]?key|private[_-]?key|credential|authorization/i;
const secretValue = /^(?:[spr]k|whsec|gh[pousr]|xox[a-z])[_-]|^(?:Bearer|Basic) |^eyJ[\w-]+\.|-----BEGIN /;

/** A value in an explanation, shortened; what looks like a secret is hidden. */
function shown(value: JsonValue | undefined, path: Path): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') {
    const secret = secretValue.test(value) || path.some((step) => typeof step === 'string' && secretName.test(step));
    return secret ? '"…"' : JSON.stringify(shortened(value, maximumValueLength));
  }
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : 'an object';
}
