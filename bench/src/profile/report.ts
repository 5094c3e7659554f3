import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../report.ts';
import { figure } from '../report.ts';
import type { Frame, SelfTimes } from './cpu-profile.ts';
import { readProfile } from './cpu-profile.ts';
import { groupOf, idle } from './groups.ts';

/** A server that ran under the profiler. */
export interface Profiled {
  readonly title: string;
  readonly pid: number;
  /** From when to when it was measured, by the shared clock. */
  readonly from: number;
  readonly to: number;
}

const functionsShown = 25;
const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** Where the time of a server's threads went: by whose code it is, and the functions that took most. */
export function profileReports(directory: string, { title, pid, from, to }: Profiled): Report[] {
  // Node names the files CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile.
  const files = readdirSync(directory)
    .flatMap((file) => {
      const [, process, thread] = /^CPU\.\d+\.\d+\.(\d+)\.(\d+)\.\d+\.cpuprofile$/.exec(file) ?? [];
      return Number(process) === pid ? [{ file, thread: Number(thread) }] : [];
    })
    .toSorted((a, b) => a.thread - b.thread);
  return files.flatMap(({ file, thread }) => {
    const times = readProfile(join(directory, file), from, to);
    const name = `${title}: ${thread === 0 ? 'main thread' : 'store thread'}`;
    return [byGroup(name, times), byFunction(name, times)];
  });
}

function byGroup(name: string, { milliseconds }: SelfTimes): Report {
  const groups = new Map<string, number>();
  for (const [frame, time] of milliseconds) groups.set(groupOf(frame), (groups.get(groupOf(frame)) ?? 0) + time);
  const resting = groups.get(idle) ?? 0;
  groups.delete(idle);
  const total = sum(groups.values());
  const rows = [...groups]
    .toSorted(([, a], [, b]) => b - a)
    .map(([group, time]) => [group, figure(time), percent(time, total)]);
  const note = `At work for ${figure(total)} ms, idle for ${figure(resting)} ms, while the measured rounds ran.`;
  return { title: `${name}, by whose code`, columns: ['whose', 'ms', 'share'], rows, notes: [note] };
}

function byFunction(name: string, { milliseconds }: SelfTimes): Report {
  const working = [...milliseconds].filter(([frame]) => groupOf(frame) !== idle);
  const total = sum(working.map(([, time]) => time));
  const rows = working
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, functionsShown)
    .map(([frame, time]) => [describe(frame), figure(time), percent(time, total)]);
  return { title: `${name}, top functions by self time`, columns: ['function', 'ms', 'share'], rows, notes: [] };
}

function describe({ name, url, native, line }: Frame): string {
  if (url === '') return name;
  const place = url
    .replace('file://', '')
    .replace(repository, '')
    .replace(/^.*node_modules\//, '');
  return native ? `${name} (built in), in ${place}` : `${name}, ${place}:${line}`;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function percent(part: number, whole: number): string {
  return `${figure((part * 100) / whole, 1)} %`;
}
