import { expect, test } from '@jest/globals';
import { senderOf } from '../../harness/cluster-mark.ts';
import { eventually } from '../../harness/eventually.ts';
import { duplicates, publishInTurn, publishMany, World } from './support.ts';

const world = new World();

test('a node that stands still for longer than its lease sends nothing more of what others have taken over', async () => {
  const cluster = await world.processes({ nodes: 2 });
  let first = -1;
  const watched = await world.webhook(cluster.node(0), {
    answer: async (request, index) => {
      if (index === 0) first = senderOf(request);
      await new Promise((resolve) => setTimeout(resolve, senderOf(request) === first ? 30 : 5));
      return {};
    },
  });
  const ids = await publishMany(cluster.node(0), 300);
  await watched.receiver.atLeast(30);
  const frozen = cluster.node(first);
  const [other] = cluster.others(frozen);
  if (!other) throw new Error('There is no other node.');

  frozen.run.signal('SIGSTOP');
  // The other has the webhook now, and much to send to it still.
  await eventually(
    async () => watched.senders,
    (senders) => senders.length > 1,
  );
  frozen.run.signal('SIGCONT');
  ids.push(...(await publishInTurn([other, frozen], 20)));
  await watched.settled(frozen);

  expect([...new Set(watched.ids)].toSorted()).toEqual(ids.toSorted());
  const senders = watched.received.map(senderOf);
  const before = senders.indexOf(other.number);
  expect(new Set(senders.slice(before))).toEqual(new Set([other.number]));
  expect(watched.ids.slice(0, before)).toEqual(expect.arrayContaining(duplicates(watched.ids)));

  await other.run.stop('SIGTERM');
  await publishInTurn([frozen], 1);
  await watched.settled(frozen);
  expect(watched.sender).toBe(first);
});
