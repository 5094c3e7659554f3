import { randomFillSync } from 'node:crypto';
import { idPrefixes } from '@bellhop/shared';
import { v7 } from 'uuid';

/** A new id: the kind's prefix and a UUIDv7. Ids sort by time of creation, even within a millisecond. */
export function newId(kind: keyof typeof idPrefixes): string {
  advance(Date.now());
  return `${idPrefixes[kind]}_${v7({ msecs: lastMs, seq: sequence, random: randomBytes() })}`;
}

/** Filled for 256 ids at a time: the system call for 16 bytes costs more than the rest of an id. */
const pool = new Uint8Array(256 * 16);
let used = pool.length;

function randomBytes(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

let lastMs = 0;
let sequence = 0;

/** RFC 9562, 6.2, method 1: a counter within the millisecond. It starts low enough not to overflow. */
function advance(now: number): void {
  if (now > lastMs) {
    lastMs = now;
    const [a = 0, b = 0, c = 0] = randomBytes();
    sequence = (a << 16) | (b << 8) | c;
  } else {
    sequence += 1;
  }
}
