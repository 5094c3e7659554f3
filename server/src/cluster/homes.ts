import { createHash } from 'node:crypto';
import { slotCount } from '../store/slots.ts';

/**
 * The node of each slot; nulls where no node delivers. Every node comes to the same result, and a slot moves only to a node
 * that came or from one that went.
 */
export function homesOf(nodes: readonly string[]): (string | null)[] {
  return Array.from({ length: slotCount }, (_, slot) => homeOf(slot, nodes));
}

/** Rendezvous hashing: the node whose hash with the slot is highest. */
function homeOf(slot: number, nodes: readonly string[]): string | null {
  let home: string | null = null;
  let highest = '';
  for (const node of nodes) {
    const hash = createHash('sha256').update(`${slot} ${node}`).digest('hex');
    if (hash > highest) [home, highest] = [node, hash];
  }
  return home;
}
