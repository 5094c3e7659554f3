import { expect, test } from 'vitest';
import type { Dispatch } from '../../src/lane/dispatcher.ts';
import { Dispatcher } from '../../src/lane/dispatcher.ts';
import type { Engine } from '../../src/lane/engine.ts';

/** Engines that note what they are given, and stop when they are told to. */
function newDispatcher() {
  const member = { id: 'node', homes: null, holds: () => true };
  const admitted: string[] = [];
  const stopped = Promise.withResolvers<void>();
  const newEngine = (node: string) => {
    const engine = { node, start: () => {}, admit: () => admitted.push(node), stop: () => stopped.promise };
    return engine as unknown as Engine;
  };
  const dispatcher = new Dispatcher({ member, signals: { tell: () => {} }, newEngine, onDue: () => {} });
  dispatcher.start();
  return { dispatcher, member, admitted, end: () => stopped.resolve() };
}

function answerFor(node: string): Dispatch {
  return { node, work: [], lanes: [], elsewhere: [], waiting: false, eventIds: [], askedAt: 0 };
}

test('the answer of a publish goes to the engine that asked, also while that is retiring', async () => {
  const { dispatcher, member, admitted, end } = newDispatcher();
  const retired = dispatcher.lost();
  member.id = 'node.2';
  dispatcher.regained();
  for (const node of ['node', 'node.2', 'node.3']) dispatcher.dispatch(answerFor(node));
  expect(admitted).toEqual(['node', 'node.2']);
  end();
  await retired;
  dispatcher.dispatch(answerFor('node'));
  expect(admitted).toEqual(['node', 'node.2']);
});
