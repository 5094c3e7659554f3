import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { accounts } from './accounts.ts';
import { claiming } from './claim.ts';
import type { Contract } from './contract.ts';
import { givingBack } from './give-back.ts';
import { holding } from './holding.ts';
import { keepingOrder } from './in-order.ts';
import { jobs } from './jobs.ts';
import { livenessOf } from './liveness.ts';
import { log } from './log.ts';
import { maintenance } from './maintenance.ts';
import { migrating } from './migrating.ts';
import { operational } from './operational.ts';
import { owning } from './owning.ts';
import { placing } from './placing.ts';
import { publishing } from './publish.ts';
import { recording } from './record.ts';
import { replaying } from './replay.ts';
import { sessions } from './sessions.ts';
import { statistics } from './statistics.ts';
import { subscribing } from './subscribe.ts';
import { succession } from './succession.ts';
import { webhooks } from './webhooks.ts';
import type { Subject } from './world.ts';
import { World } from './world.ts';

const contracts: readonly Contract[] = [
  accounts,
  sessions,
  webhooks,
  subscribing,
  succession,
  publishing,
  placing,
  claiming,
  owning,
  keepingOrder,
  recording,
  operational,
  givingBack,
  holding,
  replaying,
  log,
  statistics,
  jobs,
  maintenance,
];

/** Checks a store against the whole contract. `open` opens one on a fresh database. */
export function describeStore(name: string, open: () => Promise<Subject>): void {
  describe(`the store over ${name}`, () => {
    describe('migrate', () => {
      for (const { name: clause, check } of migrating) {
        test(clause, async () => {
          const subject = await open();
          try {
            await check(subject);
          } finally {
            await new World(subject).close();
          }
        });
      }
    });
    describeContracts(contracts, open);
  });
}

/** Leads a store through courses of events of these seeds. */
export function describeLiveness(name: string, open: () => Promise<Subject>, seeds: readonly number[]): void {
  describe(`the store over ${name}`, () => describeContracts([livenessOf(seeds)], open));
}

function describeContracts(checked: readonly Contract[], open: () => Promise<Subject>): void {
  let world: World;

  beforeAll(async () => {
    const subject = await open();
    await subject.store.migrate();
    world = new World(subject);
  });
  beforeEach(() => world.clear());
  afterAll(() => world.close());

  for (const { title, clauses } of checked) {
    describe(title, () => {
      for (const { name: clause, check } of clauses) test(clause, () => check(world));
    });
  }
}
