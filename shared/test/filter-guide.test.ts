import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { builtInProviders, Catalogue, evaluateFilter, parseFilter } from '../src/index.ts';

const guide = readFileSync(new URL('../../docs/filters.md', import.meta.url), 'utf8');
const catalogue = new Catalogue();

function evaluate(filter: string, provider: string, type: string) {
  const eventType = catalogue.eventType(provider, type);
  if (!eventType) throw new Error(`The catalogue has no ${provider} ${type}.`);
  const parsed = parseFilter(filter);
  if (!parsed.ok) throw new Error(`${filter}: ${parsed.problem}`);
  return evaluateFilter(parsed.filter, eventType.sample);
}

describe('docs/filters.md', () => {
  const rows = [...guide.matchAll(/^\| (\w+) \| ([\w.]+) \| `(.+)` \| (matches|does not) \|$/gm)];

  test('has examples of every built-in provider', () => {
    expect(new Set(rows.map(([, provider]) => provider))).toEqual(new Set(builtInProviders.map(({ id }) => id)));
  });

  test.each(rows.map(([, ...row]) => row))('%s %s: %s: the sample %s', (provider, type, filter, outcome) => {
    expect(evaluate(filter, provider, type).matches ? 'matches' : 'does not').toBe(outcome);
  });

  test('the response it shows is real', () => {
    const [question, answer] = [...guide.matchAll(/^```json\n(.*?)\n```$/gms)].map(([, json]) =>
      JSON.parse(json ?? ''),
    );
    expect(evaluate(question.filter, question.provider, question.event)).toEqual(answer);
  });

  test('the problem it shows is real', () => {
    const parsed = parseFilter('status == new');
    expect(guide.replace(/\s+/g, ' ')).toContain(parsed.ok ? 'no problem' : `\`${parsed.problem}\``);
  });
});
