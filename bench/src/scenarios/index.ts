import { cpu } from './cpu.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { neighbours } from './neighbours.ts';
import { nodes } from './nodes.ts';
import { scale } from './scale.ts';
import type { Scenario } from './scenario.ts';

/** All scenarios, in the order they run. */
export const scenarios: readonly Scenario[] = [cpu, latency, memory, isolation, neighbours, scale, nodes];
