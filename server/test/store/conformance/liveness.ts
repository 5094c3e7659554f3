import { expect } from 'vitest';
import { Contract } from './contract.ts';
import { contradictions } from './contradictions.ts';
import { Simulation } from './simulation/simulation.ts';
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
    const broken = await brokenBy(world, simulation);
    expect({ history: simulation.history.slice(-10), broken }).toMatchObject({ broken: {} });
    expect(broken).toEqual({});
  }
  await simulation.settle();
  const left = await world.tables.selectFrom('deliveries').selectAll().where('state', '=', 'pending').execute();
  expect(left).toEqual([]);
  expect(await brokenBy(world, simulation)).toEqual({});
}

/** The rules that are broken now, each with what breaks it. */
async function brokenBy(world: World, simulation: Simulation): Promise<Record<string, readonly unknown[]>> {
  const { misreported } = simulation;
  const faults = Object.entries({ ...(await simulation.faults()), misreported });
  const broken = await contradictions(world.tables, simulation.now);
  return { ...broken, ...Object.fromEntries(faults.filter(([, found]) => found.length > 0)) };
}
