import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@bellhop/server';
import { StoreError } from '@bellhop/server';
import { afterEach, expect, test } from 'vitest';
import { TestBellhop } from '../harness/bellhop.ts';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { Receiver } from '../harness/receiver.ts';
import type { Subject } from './support.ts';
import { FlowStage, firstEventType } from './support.ts';

/** How many of the next calls that add to the statistics fail. */
let failures = 0;
/** What was tried to add. */
const added: unknown[] = [];

function failing(store: Store): Store {
  return new Proxy(store, {
    get(target, method) {
      const works: unknown = Reflect.get(target, method);
      if (method !== 'addCounts' || typeof works !== 'function') return works;
      return (...args: unknown[]) => {
        added.push(args[0]);
        failures -= 1;
        return failures >= 0 ? Promise.reject(new StoreError('unavailable', 'gone for a moment')) : works(...args);
      };
    },
  });
}

const clock = new ManualClock();
const stage = new FlowStage({ clock, wrapStore: failing });
afterEach(() => {
  failures = 0;
});

const hourMs = 3600 * 1000;
const sum = { delivered: 0, failed: 0, throttled: 0 };

async function read({ tenant, webhook }: Subject) {
  const { data } = await tenant.client.getWebhookStatistics({ query: { ids: webhook.id } });
  const [statistics] = data;
  if (!statistics) throw new Error('The webhook is not in the answer.');
  return statistics;
}

/** Its statistics once so many attempts are counted; the clock runs on meanwhile. */
function counted(subject: Subject, attempts: number) {
  return eventually(
    () => {
      clock.advance(5000);
      return read(subject);
    },
    ({ delivered, failed, throttled }) => delivered + failed + throttled >= attempts,
  );
}

/** A webhook that is answered with these statuses in turn and never tried again soon. */
function answered(statuses: readonly number[]): Promise<Subject> {
  return stage.webhook('boltly', {
    answer: (_, index) => ({ status: statuses[index] ?? 200, headers: { 'retry-after': '80000' } }),
    body: { retry: { schedule: [80_000] } },
  });
}

async function publishInTurn(subject: Subject, count: number): Promise<void> {
  const before = (await subject.attempts()).length;
  for (let index = 1; index <= count; index += 1) {
    await subject.publish();
    await subject.recorded(before + index);
  }
}

test('a webhook that nothing was sent to has 24 hours of zeros, and no rate', async () => {
  const subject = await stage.webhook('boltly');
  const { hours, ...total } = await read(subject);
  expect(total).toEqual({ webhook_id: subject.webhook.id, ...sum, success_rate: null });
  const running = clock.now() - (clock.now() % hourMs);
  const times = Array.from({ length: 24 }, (_, index) => running - (23 - index) * hourMs);
  expect(hours).toEqual(times.map((at) => ({ at: new Date(at).toISOString(), ...sum })));
});

test('live attempts are counted by what came of them, within seconds; tests are not', async () => {
  const subject = await answered([200, 500, 200, 200, 429]);
  await publishInTurn(subject, 4);
  await subject.tenant.client.testWebhook({ params: { id: subject.webhook.id } });
  expect(await counted(subject, 4)).toMatchObject({ delivered: 3, failed: 1, throttled: 0, success_rate: 0.75 });
  const throttled = await answered([429]);
  await publishInTurn(throttled, 1);
  expect(await counted(throttled, 1)).toMatchObject({ ...sum, throttled: 1, success_rate: null });
});

test('an attempt is counted in the hour in which it began, for a day', async () => {
  const subject = await answered([200, 500]);
  await publishInTurn(subject, 1);
  await counted(subject, 1);
  clock.advance(2 * hourMs);
  await publishInTurn(subject, 1);
  const { hours } = await counted(subject, 2);
  const begun = (await subject.attempts()).map(({ started_at }) => Date.parse(started_at));
  const expected = begun.toReversed().map((time) => new Date(time - (time % hourMs)).toISOString());
  const busy = hours.filter(({ delivered, failed }) => delivered + failed > 0);
  expect(busy.map(({ at }) => at)).toEqual(expected);
  expect(busy.map(({ delivered, failed }) => [delivered, failed])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  clock.advance(22 * hourMs);
  expect(await read(subject)).toMatchObject({ delivered: 0, failed: 1, success_rate: 0 });
});

test('many are asked for at once, in any order; those of others and unknown ones are left out', async () => {
  const [first, stranger] = [await stage.webhook('boltly'), await stage.webhook('boltly')];
  const second = await stage.webhook('salpre', { tenant: first.tenant });
  const { client } = first.tenant;
  const unknown = first.webhook.id.replace(/.{6}$/, '000000');
  const ids = [second.webhook.id, stranger.webhook.id, first.webhook.id, unknown, first.webhook.id];
  const { data } = await client.getWebhookStatistics({ query: { ids: ids.join() } });
  expect(data.map(({ webhook_id }) => webhook_id)).toEqual([second.webhook.id, first.webhook.id]);
  for (const wrong of ['', 'x', `${first.webhook.id},`, Array.from({ length: 101 }, (_, n) => idLike(n)).join()]) {
    const refused = client.getWebhookStatistics({ query: { ids: wrong } });
    await expect(refused).rejects.toMatchObject({ problem: { code: 'invalid_input' } });
  }
});

function idLike(number: number): string {
  return `wh_0190a5d2-7c1e-7b3a-9f00-${number.toString(16).padStart(12, '0')}`;
}

test('what the store cannot take is kept, and counted once with what comes later', async () => {
  const subject = await answered([200, 500]);
  await publishInTurn(subject, 1);
  const before = added.length;
  failures = 2;
  await eventually(
    async () => clock.advance(5000),
    () => failures <= 0,
  );
  expect(await read(subject)).toMatchObject(sum);
  await publishInTurn(subject, 1);
  expect(await counted(subject, 2)).toMatchObject({ delivered: 1, failed: 1 });
  expect(added.length).toBeGreaterThanOrEqual(before + 3);
  clock.advance(5000);
  expect(await read(subject)).toMatchObject({ delivered: 1, failed: 1 });
});

test('a server that is told to stop writes down what it has counted', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-statistics-'));
  const receiver = await Receiver.start();
  const { type, sample } = firstEventType('boltly');
  const first = await TestBellhop.start({ dataDir });
  const { client, apiKey } = await first.tenant();
  const { id } = await client.createWebhook({ body: { provider: 'boltly', events: [type], url: receiver.url() } });
  await client.publishEvent({ body: { provider: 'boltly', type, data: sample } });
  await receiver.atLeast(1);
  await first.stop();
  const second = await TestBellhop.start({ dataDir });
  const answer = await fetch(`${second.url}/v1/webhook-statistics?ids=${id}`, { headers: { 'x-api-key': apiKey } });
  expect(await answer.json()).toMatchObject({ data: [{ webhook_id: id, delivered: 1, failed: 0, success_rate: 1 }] });
  await second.stop();
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
});
