import { expect, test } from 'vitest';
import { FairTurns, FewReads } from '../../src/api/fair-turns.ts';

const tick = () => new Promise(setImmediate);

test('one request begins at once; of many, each party begins one after another', async () => {
  const turns = new FairTurns();
  const begun: string[] = [];
  const take = (party: string, name: string) => turns.take(party, () => begun.push(name));
  for (const name of ['a1', 'a2', 'a3', 'a4']) take('a', name);
  for (const name of ['b1', 'b2']) take('b', name);
  expect(begun).toEqual(['a1']);
  while (begun.length < 6) await tick();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
});

test('long ones let others in between', async () => {
  const turns = new FairTurns();
  const begun: string[] = [];
  const long = (name: string) => {
    begun.push(name);
    const end = performance.now() + 6;
    while (performance.now() < end);
  };
  for (let number = 1; number <= 8; number += 1) turns.take('a', () => long(`a${number}`));
  await tick();
  turns.take('b', () => begun.push('b1'));
  while (begun.length < 9) await tick();
  expect(begun.indexOf('b1')).toBeLessThan(8);
});

test('two reads of a party at a time; one that fails makes room as well', async () => {
  const reads = new FewReads();
  const ends: PromiseWithResolvers<string>[] = [];
  const read = (party: string) =>
    reads
      .run(party, () => {
        const end = Promise.withResolvers<string>();
        ends.push(end);
        return end.promise;
      })
      .catch((error: unknown) => String(error));
  const all = [read('a'), read('a'), read('a'), read('b')];
  await tick();
  expect(ends).toHaveLength(3);
  ends[0]?.reject('failed');
  expect(await all[0]).toBe('failed');
  await tick();
  expect(ends).toHaveLength(4);
  for (const end of ends) end.resolve('read');
  expect(await Promise.all(all)).toEqual(['failed', 'read', 'read', 'read']);
});
