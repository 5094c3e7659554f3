import { expect, test } from 'vitest';
import { crash } from '../crash/run.ts';

const seed = Number(process.env.BELLHOP_TEST_SEED || Math.floor(Math.random() * 1e6));

// `npm run crash` is the long one.
test(`SIGKILL at random moments: what was acknowledged arrives, in order where that is asked for; seed ${seed}`, async () => {
  const outcome = await crash({ events: 400, kills: 4, publishers: 4, seed });
  expect(outcome).toMatchObject({ events: 400, lost: [], unknown: [], changed: [], disordered: [], pending: 0 });
  expect(outcome.failures).toBeGreaterThan(0);
}, 120_000);
