import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Maintenance } from '../src/maintenance.ts';
import type { Swept } from '../src/store/contract/index.ts';
import { HeldClock } from './cluster/held-clock.ts';

const retention = { attemptsPerWebhook: 100, eventsMs: 1, idempotencyMs: 1 };

test('told to stop while a step is under way it stops with that step, also when there is more to do', async () => {
  const clock = new HeldClock();
  const step = Promise.withResolvers<Swept>();
  const begun = Promise.withResolvers<void>();
  const sweep = () => {
    begun.resolve();
    return step.promise;
  };
  const log = pino({ enabled: false });
  const maintenance = new Maintenance({ store: { sweep }, retention, leads: () => true, onDue: () => {}, clock, log });
  maintenance.start();
  clock.advance(60_000);
  await begun.promise;
  const stopped = maintenance.stop();
  step.resolve({ more: true, due: false });
  expect(await stopped).toBeUndefined();
});
