import { expect, test } from 'vitest';
import type { Lane } from '../../src/lane/lane.ts';
import { Lanes } from '../../src/lane/lanes.ts';
import type { Work } from '../../src/model.ts';
import { HeldClock } from '../cluster/held-clock.ts';

const guestMs = 10_000;
const assignment = { term: 1, leftAt: null };

/** Lanes of the node that has these slots, and what the store is told of them. */
function newLanes(slots: readonly number[] = [0]) {
  const clock = new HeldClock();
  const told: string[] = [];
  const tell = (what: string) => (items: readonly unknown[]) => {
    if (items.length > 0) told.push(`${what} ${items.length}`);
  };
  const ledger = { release: tell('release'), requeue: tell('requeue'), relinquish: tell('relinquish') };
  const around = { shared: true, member: { slots }, ledger, clock, tuning: { guestMs } };
  const lanes = new Lanes({ ...around, concurrency: 10, onTurn: () => {} });
  return { lanes, clock, told };
}

/** A lane of a slot, with a delivery that is to be sent. */
function assigned(lanes: Lanes, webhookId: string): Lane {
  lanes.assign([{ webhookId, ...assignment }]);
  const lane = lanes.get(webhookId);
  lane.hold();
  lane.push({ webhookRevision: 1 } as Work);
  return lane;
}

test('what the store does not know as this node’s is revoked, unless it was assigned after the store was asked', () => {
  const { lanes, clock, told } = newLanes();
  assigned(lanes, 'wh_1_00');
  clock.advance(10);
  const asked = clock.elapsed();
  clock.advance(10);
  const later = assigned(lanes, 'wh_2_00');
  lanes.compare([], asked);
  expect(told).toEqual(['release 1']);
  expect([lanes.get('wh_1_00').mode, later.mode]).toEqual(['free', 'owned']);
});

test('a lane is left to the node of its slot, once it was here for some time', () => {
  const { lanes, clock, told } = newLanes();
  assigned(lanes, 'wh_1_00');
  const guest = assigned(lanes, 'wh_2_01');
  lanes.tidy();
  clock.advance(guestMs);
  expect(told).toEqual([]);
  lanes.tidy();
  expect(told).toEqual(['requeue 1']);
  expect(guest.mode).toBe('leaving');
});

test('lanes with a backlog are shed, unless all slots are this node’s', () => {
  const alone = newLanes(Array.from({ length: 256 }, (_, slot) => slot));
  assigned(alone.lanes, 'wh_1_00').queuesBehind();
  alone.lanes.shed();
  expect(alone.told).toEqual([]);
  const { lanes, told } = newLanes();
  assigned(lanes, 'wh_1_00');
  const busy = assigned(lanes, 'wh_2_00');
  busy.queuesBehind();
  lanes.shed();
  expect(told).toEqual(['requeue 1']);
  expect(busy.mode).toBe('leaving');
});

test('an assignment of a term that has ended is stale, also after its lane was forgotten', () => {
  const { lanes, told } = newLanes();
  const given = { webhookId: 'wh_1_00', term: 3, leftAt: null };
  lanes.assign([given]);
  const lane = lanes.get('wh_1_00');
  lanes.leave([lane]);
  expect(told).toEqual(['relinquish 1']);
  lanes.relinquished(lane, 3);
  expect(lanes.find('wh_1_00')).toBeUndefined();
  lanes.assign([given]);
  expect(lanes.get('wh_1_00').mode).toBe('free');
  lanes.assign([{ ...given, term: 4 }]);
  expect(lanes.get('wh_1_00').mode).toBe('owned');
});
