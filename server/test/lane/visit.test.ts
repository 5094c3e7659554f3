import { expect, test } from 'vitest';
import { visit } from '../../src/lane/visit.ts';
import { type Entrant, Wire } from '../../src/lane/wire.ts';
import { HeldClock } from '../cluster/held-clock.ts';

function scene() {
  const clock = new HeldClock();
  const wire = new Wire<Entrant>({ concurrency: 1, concurrencyPerHost: 1, ratePerHost: {} }, clock);
  const send = (result: string, party: string, until: Promise<unknown> = Promise.resolve()) =>
    visit(wire, clock, { url: 'https://example.com/x', party, longestMs: 1000 }, async () => {
      await until;
      return result;
    });
  return { clock, send };
}

test('requests follow one another', async () => {
  const { send } = scene();
  const first = Promise.withResolvers<void>();
  const results = Promise.all([send('first', 'one', first.promise), send('second', 'one'), send('third', 'other')]);
  first.resolve();
  expect(await results).toEqual(['first', 'second', 'third']);
});

test('who finds no place in time gives up, and takes none later', async () => {
  const { clock, send } = scene();
  const first = Promise.withResolvers<void>();
  const sent = send('first', 'one', first.promise);
  const late = send('second', 'one');
  clock.advance(1000);
  expect(await late).toBeUndefined();
  first.resolve();
  expect(await sent).toBe('first');
  expect(await send('third', 'one')).toBe('third');
});
