import { scheduleOf } from './schedule.ts';
import type { Rule } from './watch.ts';

/**
 * What the engine is known to do wrong. A rule leaves this list when the fault is mended.
 *
 * - timers: a heartbeat or the load of a webhook that is under way when a node stops leaves a timer.
 * - order: a claim returns a delivery while the answer of its release, or of its record, is still on the way: the node skips
 *   that one and sends those behind it.
 * - outdated: a request that has yet to connect goes out while a changed webhook is being loaded.
 * - held, twice: a claim is answered after a look has found what it leased, and that was sent and recorded.
 */
export function excusedOf(seed: number): readonly Rule[] {
  const always: readonly Rule[] = ['timers', 'order', 'outdated'];
  return scheduleOf(seed).isLate ? [...always, 'held', 'twice'] : always;
}
