import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pause, sharedNow } from './clock.ts';

let ticksPerSecond: number | undefined;

/** Milliseconds of CPU that a process has used in all its threads, in user and kernel mode. In steps of 10 ms. */
export function cpuMs(pid: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  // proc(5): the name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

export interface Memory {
  readonly residentBytes: number;
  /** The most it ever was. */
  readonly peakBytes: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
}

const quietForMs = 250;
/** Of CPU in that time: one step of the kernel's clock, and what an idle server needs. */
const quietCpuMs = 10;

/**
 * Resolves when a process has nothing left to do, so that what it does after its last answer is counted too. It looks at
 * nothing but CPU: asking the server would be work for it.
 */
export async function untilQuiet(pid: number, longestMs = 10_000): Promise<void> {
  const end = sharedNow() + longestMs;
  for (let before = cpuMs(pid); sharedNow() < end; ) {
    await pause(quietForMs);
    const now = cpuMs(pid);
    if (now - before <= quietCpuMs) return;
    before = now;
  }
}
