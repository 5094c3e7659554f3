import { expect, test } from 'vitest';
import type { Event } from '../../src/model.ts';
import { Turns } from '../../src/publish/turns.ts';

/** Requests by their organizations and numbers of events: `a` is one of one event, `a100` one of a hundred. */
function requests(...names: string[]) {
  return names.map((name) => {
    const [, organizationId = '', count = ''] = /^([a-z]+)(\d*)$/.exec(name) ?? [];
    const events = Array.from({ length: Number(count) || 1 }, () => ({}) as Event);
    return { name, request: { organizationId, events, idempotency: null, answer: '' } };
  });
}

function taken(turns: Turns, waiting: ReturnType<typeof requests>): string {
  return turns
    .take(waiting)
    .map(({ name }) => name)
    .join(' ');
}

test('organizations take turns', () => {
  expect(taken(new Turns(), requests('a', 'a', 'a', 'b', 'c', 'b'))).toBe('a b c a b a');
});

test('large requests have transactions of their own and alternate with small ones and among organizations', () => {
  const turns = new Turns();
  const waiting = requests('a1000', 'a900', 'b', 'c800', 'a', 'c');
  const all = [taken(turns, waiting)];
  waiting.push(...requests('b', 'b'));
  while (waiting.length > 0) all.push(taken(turns, waiting));
  expect(all).toEqual(['a1000', 'b a c b b', 'c800', 'a900']);
});

test('small ones alone go together, up to a thousand events, fewer if events have many webhooks', () => {
  const turns = new Turns();
  const many = requests(...Array<string>(120).fill('a10'));
  expect(turns.take(many)).toHaveLength(100);
  expect(many).toHaveLength(20);
  for (let count = 0; count < 30; count += 1) {
    const stored = { kind: 'stored' as const, answer: '', dropped: [], node: null, work: [], lanes: [], elsewhere: [] };
    turns.note(
      requests('a').map(({ request }) => request),
      [{ ...stored, matched: 100, deferred: false, waiting: false }],
    );
  }
  expect(turns.take(requests(...Array<string>(100).fill('a')))).toHaveLength(20);
});
