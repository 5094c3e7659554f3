import { expect } from '@jest/globals';
import { Contract } from './contract.ts';
import { contradictions } from './contradictions.ts';
import { Simulation } from './simulation.ts';
import type { World } from './world.ts';

const steps = 250;

/** To follow one up, give its seed alone: the same seed makes the same things happen. */
export function livenessOf(seeds: readonly number[]): Contract {
  const liveness = new Contract('whatever happens, no delivery is forgotten');
  for (const seed of seeds) liveness.test(`seed ${seed}`, (world) => live(world, seed));
  return liveness;
}

async function live(world: World, seed: number): Promise<void> {
  const simulation = new Simulation(world, seed);
  await simulation.start();
  for (let step = 0; step < steps; step += 1) {
    await simulation.step();
    const broken = {
      ...(await contradictions(world.tables, simulation.now)),
      forgottenBacklogs: await simulation.forgottenBacklogs(),
      forgottenDeliveries: await simulation.forgottenDeliveries(),
      misreported: simulation.misreported,
    };
    const sound = { forgottenBacklogs: [], forgottenDeliveries: [], misreported: [] };
    expect({ history: simulation.history.slice(-10), broken }).toMatchObject({ broken: sound });
    expect(Object.keys(broken)).toEqual(Object.keys(sound));
  }
  await simulation.settle();
  const left = await world.tables.selectFrom('deliveries').selectAll().where('state', '=', 'pending').execute();
  expect(left).toEqual([]);
}
