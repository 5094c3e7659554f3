import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { pause, sharedNow } from './clock.ts';

let ticksPerSecond: number | undefined;

/** Milliseconds of CPU that processes have used in all their threads, in user and kernel mode. In steps of 10 ms. */
export function cpuMs(...pids: readonly number[]): number {
  return inMs(sum(pids.map((pid) => statOf(pid).ticks)));
}

/** Of a process and its children, those that have ended included. */
export function familyCpuMs(pid: number): number {
  const { ticks, ticksOfEnded } = statOf(pid);
  return inMs(sum(childrenOf(pid).map((child) => child.ticks)) + ticks + ticksOfEnded);
}

/** The processes that a process has started and that have not ended. */
export function childrenOf(parent: number): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statIfAlive(Number(name)) ?? [])
    .filter((stat) => stat.parent === parent);
}

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  /** Of children that have ended. */
  readonly ticksOfEnded: number;
}

function statOf(pid: number): ProcessStat {
  // proc(5): the name in parentheses may hold spaces; after it come the state, the parent (4th field), and later utime,
  // stime, cutime and cstime (14th to 17th).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11);
  return { pid, parent: fields[1] ?? 0, ticks: utime + stime, ticksOfEnded: cutime + cstime };
}

/** Processes come and go while one looks. */
function statIfAlive(pid: number): ProcessStat | undefined {
  try {
    return statOf(pid);
  } catch {
    return undefined;
  }
}

function inMs(ticks: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return (ticks * 1000) / ticksPerSecond;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
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
const longestMs = 10_000;
/** Of CPU in that time: one step of the kernel's clock, and what an idle server needs. */
const quietCpuMs = 10;

/**
 * Resolves when processes have nothing left to do, so that what they do after the last answer is counted too. It looks at
 * nothing but CPU: asking the servers would be work for them.
 */
export async function untilQuiet(...pids: readonly number[]): Promise<void> {
  const end = sharedNow() + longestMs;
  for (let before = cpuMs(...pids); sharedNow() < end; ) {
    await pause(quietForMs);
    const now = cpuMs(...pids);
    if (now - before <= quietCpuMs * pids.length) return;
    before = now;
  }
}
