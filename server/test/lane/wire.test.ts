import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import type { Entrant, Place, WireSettings } from '../../src/lane/wire.ts';
import { Wire } from '../../src/lane/wire.ts';

/** A clock that a test moves. */
class StillClock implements Pick<Clock, 'elapsed' | 'after'> {
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  #now = 0;

  elapsed(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

/** A lane that always has something to send, and so waits for more whenever it has all it can get. */
class Busy implements Entrant {
  readonly host: string;
  readonly party: string;
  suspect: boolean;
  readonly places: Place<Busy>[] = [];
  onTurn: () => void = () => {};

  constructor(host = 'example.com', suspect = false, party = 'one') {
    this.host = host;
    this.party = party;
    this.suspect = suspect;
  }

  get inFlight(): number {
    return this.places.length;
  }

  turnsSlow(): void {
    this.suspect = true;
  }

  turn(): void {
    this.onTurn();
  }
}

function wire(differences: Partial<WireSettings> = {}) {
  const settings: WireSettings = { concurrency: 100, concurrencyPerHost: 100, ratePerHost: {}, ...differences };
  const clock = new StillClock();
  const open: Wire<Busy> = new Wire(settings, clock);
  const enter = open.enter.bind(open);
  open.enter = (lane) => {
    lane.onTurn = () => pump(lane);
    return enter(lane);
  };
  /** Takes as many places as there are, as the engine would. */
  function pump(lane: Busy): void {
    for (let place = open.enter(lane); place; place = open.enter(lane)) lane.places.push(place);
  }
  /** One request of a lane is over; it goes on after those that wait. */
  function finish(lane: Busy): void {
    const place = lane.places.shift();
    if (!place) throw new Error('The lane has nothing on the wire.');
    open.leave(place);
    pump(lane);
  }
  return { open, clock, pump, finish };
}

const counts = (lanes: readonly Busy[]) => lanes.map(({ places }) => places.length);

test('no more requests at a time than the limit', () => {
  const { pump } = wire({ concurrency: 3 });
  const lanes = [new Busy(), new Busy()];
  lanes.forEach(pump);
  expect(counts(lanes)).toEqual([3, 0]);
});

test('who finds no room takes turns, one request each', () => {
  const { pump, finish } = wire({ concurrency: 4 });
  const [first, ...others] = [new Busy(), new Busy(), new Busy(), new Busy()];
  for (const lane of [first, ...others]) pump(lane as Busy);
  for (let request = 0; request < 4; request += 1) finish(first as Busy);
  expect(counts([first as Busy, ...others])).toEqual([1, 1, 1, 1]);
});

test('one host never has more than its part, and others go on beside it', () => {
  const { pump } = wire({ concurrency: 10, concurrencyPerHost: 6 });
  const lanes = [new Busy('a.example'), new Busy('a.example'), new Busy('b.example')];
  lanes.forEach(pump);
  expect(counts(lanes)).toEqual([6, 0, 4]);
});

describe('parties', () => {
  test('have all places while they are alone, and half of them where others send', () => {
    const { pump, finish } = wire({ concurrency: 10, concurrencyPerHost: 10 });
    const [one, other] = [new Busy(), new Busy('example.com', false, 'other')];
    pump(one);
    expect(counts([one])).toEqual([10]);
    pump(other);
    for (let request = 0; request < 10; request += 1) finish(one);
    expect(counts([one, other])).toEqual([5, 5]);
  });

  test('take turns, however many lanes each has', () => {
    const { pump, finish } = wire({ concurrency: 4 });
    const many = Array.from({ length: 6 }, () => new Busy());
    const quiet = new Busy('example.com', false, 'quiet');
    for (const lane of [...many, quiet]) pump(lane);
    expect(counts(many)).toEqual([4, 0, 0, 0, 0, 0]);
    finish(many[0] as Busy);
    expect(counts([quiet])).toEqual([1]);
  });
});

describe('receivers that do not answer', () => {
  test('have places of their own, three times as many', () => {
    const { pump } = wire({ concurrency: 10 });
    const lanes = [new Busy('a.example', true), new Busy('b.example', true), new Busy('c.example')];
    lanes.forEach(pump);
    // The first may take what it likes until half of them are taken.
    expect(counts(lanes)).toEqual([16, 2, 10]);
  });

  test('have few requests each when those places run short, so that there is one for each of many', () => {
    const { pump } = wire({ concurrency: 10 });
    const lanes = Array.from({ length: 6 }, (_, index) => new Busy(`${index}.example`, true));
    lanes.forEach(pump);
    expect(counts(lanes)).toEqual([16, 2, 2, 2, 2, 2]);
  });

  test('give up their places to others after two seconds', () => {
    const { pump, clock } = wire({ concurrency: 10 });
    const hanging = [new Busy('a.example'), new Busy('b.example')];
    hanging.forEach(pump);
    const healthy = new Busy('c.example');
    pump(healthy);
    expect(counts([...hanging, healthy])).toEqual([10, 0, 0]);
    clock.advance(1999);
    expect(counts([...hanging, healthy])).toEqual([10, 0, 0]);
    clock.advance(1);
    // Those that waited take turns for the ten places; the one that hangs goes on among the slow.
    expect(counts([...hanging, healthy])).toEqual([16, 5, 5]);
    clock.advance(2000);
    expect(hanging.map(({ suspect }) => suspect)).toEqual([true, true]);
  });

  test('keep them while there is no room among the slow', () => {
    const { pump, clock, open } = wire({ concurrency: 1 });
    const slow = new Busy('a.example', true);
    const places = [open.enter(slow), open.enter(slow), open.enter(slow)];
    const hanging = new Busy('b.example');
    expect(open.enter(hanging)).toBeDefined();
    const healthy = new Busy('c.example');
    pump(healthy);
    clock.advance(2000);
    expect([hanging.suspect, healthy.places.length]).toEqual([true, 0]);
    for (const place of places) place && open.leave(place);
    clock.advance(500);
    expect(healthy.places).toHaveLength(1);
  });

  test('of one host leave room to others of that host', () => {
    const { pump, clock } = wire({ concurrency: 100, concurrencyPerHost: 4 });
    const [hanging, healthy] = [new Busy(), new Busy()];
    pump(hanging);
    pump(healthy);
    expect(counts([hanging, healthy])).toEqual([4, 0]);
    clock.advance(2000);
    expect(counts([hanging, healthy])).toEqual([7, 4]);
  });

  test('whose answer comes late free what they hold then', () => {
    const { open, pump, clock } = wire({ concurrency: 1 });
    const late = open.enter(new Busy('a.example'));
    clock.advance(2000);
    const suspects = ['b.example', 'c.example', 'd.example'].map((host) => new Busy(host, true));
    for (const suspect of suspects) {
      const place = open.enter(suspect);
      if (place) suspect.places.push(place);
    }
    expect(counts(suspects)).toEqual([1, 1, 0]);
    if (late) open.leave(late);
    expect(counts(suspects)).toEqual([1, 1, 1]);
    pump(suspects[0] as Busy);
    expect(counts(suspects)).toEqual([1, 1, 1]);
  });
});

describe("a host's rate", () => {
  test('holds over all lanes that send there, which take turns', () => {
    const { pump, clock } = wire({ ratePerHost: { 'example.com': { requests: 2, seconds: 1 } } });
    const lanes = [new Busy('example.com:8443'), new Busy(), new Busy()];
    lanes.forEach(pump);
    expect(counts(lanes)).toEqual([2, 0, 0]);
    clock.advance(999);
    expect(counts(lanes)).toEqual([2, 0, 0]);
    clock.advance(1);
    expect(counts(lanes)).toEqual([3, 1, 0]);
    clock.advance(1000);
    expect(counts(lanes)).toEqual([4, 1, 1]);
    clock.advance(1000);
    expect(counts(lanes)).toEqual([4, 2, 2]);
  });

  test('counts all hosts below a domain together, and no other', () => {
    const { pump } = wire({ concurrency: 5, ratePerHost: { '*.example.com': { requests: 1, seconds: 1 } } });
    const lanes = ['a.example.com', 'b.example.com', 'example.com', 'badexample.com'].map((host) => new Busy(host));
    const only = (lane: Busy | undefined) => lane && pump(lane);
    only(lanes[0]);
    only(lanes[1]);
    only(lanes[2]);
    expect(counts(lanes)).toEqual([1, 0, 4, 0]);
  });
});

test('while it is held nothing gets in; then all that waited do', () => {
  const { open, pump, finish } = wire({ concurrency: 4, concurrencyPerHost: 2 });
  const lanes = [new Busy('a.example'), new Busy('b.example')];
  pump(lanes[0] as Busy);
  open.hold();
  pump(lanes[1] as Busy);
  const waiting = new Busy('a.example');
  pump(waiting);
  finish(lanes[0] as Busy);
  expect(counts([...lanes, waiting])).toEqual([1, 0, 0]);
  open.open();
  expect(counts([...lanes, waiting])).toEqual([2, 2, 0]);
  finish(lanes[0] as Busy);
  finish(lanes[0] as Busy);
  expect(counts([...lanes, waiting])).toEqual([1, 2, 1]);
});

test('a lane that has nothing more to send when its turn comes holds up nobody', () => {
  const called: Entrant[] = [];
  const clock = new StillClock();
  const open = new Wire<Busy>({ concurrency: 1, concurrencyPerHost: 1, ratePerHost: {} }, clock);
  const place = open.enter(new Busy());
  const waiting = [new Busy(), new Busy()];
  for (const lane of waiting) lane.onTurn = () => void called.push(lane);
  for (const lane of waiting) expect(open.enter(lane)).toBeUndefined();
  if (place) open.leave(place);
  expect(called).toEqual(waiting);
});

test('who is called while the wire is being held waits on', () => {
  const called: Entrant[] = [];
  const open = new Wire<Busy>({ concurrency: 1, concurrencyPerHost: 1, ratePerHost: {} }, new StillClock());
  const [first, second] = [new Busy(), new Busy()];
  second.onTurn = () => {
    called.push(second);
    open.hold();
    open.enter(second);
  };
  const place = open.enter(first);
  open.enter(second);
  if (place) open.leave(place);
  expect(called).toEqual([second]);
});
