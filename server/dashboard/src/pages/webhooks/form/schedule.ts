import { counted } from '../../../parts/counted.ts';

/** Retry schedules as people write and read them: seconds as `5s, 5m, 2h`. */

const units = [
  ['d', 86_400, 'day'],
  ['h', 3600, 'hour'],
  ['m', 60, 'minute'],
  ['s', 1, 'second'],
] as const;

export type Schedule =
  | { readonly ok: true; readonly delays: readonly number[] }
  | {
      readonly ok: false;
      /** A sentence that says what to change. */
      readonly problem: string;
    };

/** What the API takes (shared/src/api/webhooks.ts). */
const [mostDelays, longestDays] = [20, 7];

/** Reads `5s, 5m, 2h`; a number without a unit is seconds. Nothing: no further attempt. */
export function parseSchedule(text: string): Schedule {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const delays = parts.map(seconds);
  const wrong = parts.find((_, index) => delays[index] === undefined);
  if (wrong !== undefined) {
    return {
      ok: false,
      problem: `“${wrong}” is not a time. Write times such as 30s, 5m, 2h or 1d, with commas between.`,
    };
  }
  const known = delays.filter((delay) => delay !== undefined);
  if (known.some((delay) => delay > longestDays * 86_400)) {
    return { ok: false, problem: `A wait can be at most ${longestDays} days.` };
  }
  if (known.length > mostDelays) {
    return { ok: false, problem: `There can be at most ${mostDelays} further attempts; these are ${known.length}.` };
  }
  return { ok: true, delays: known };
}

function seconds(part: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/i.exec(part) ?? [];
  const length = units.find(([sign]) => sign === unit.toLowerCase())?.[1];
  return number === undefined || length === undefined ? undefined : Number(number) * length;
}

/** `5s, 5m, 2h`: what {@link parseSchedule} reads as the same delays. */
export function scheduleText(delays: readonly number[]): string {
  return delays.map((delay) => largestUnit(delay, (count, [sign]) => `${count}${sign}`)).join(', ');
}

/** `Up to 4 attempts: the first at once, then after 5 seconds, 5 minutes and 2 hours.` */
export function scheduleInWords(delays: readonly number[]): string {
  if (delays.length === 0) return 'One attempt. What fails is not tried again by itself.';
  const waits = delays.map((delay) => largestUnit(delay, (count, [, , name]) => counted(count, name)));
  return `Up to ${delays.length + 1} attempts: the first at once, then after ${listed(waits)}.`;
}

type Unit = (typeof units)[number];

/** In the largest unit that makes it a whole number. */
function largestUnit(delay: number, written: (count: number, unit: Unit) => string): string {
  const unit = units.find(([, length]) => delay >= length && delay % length === 0) ?? units[3];
  return written(delay / unit[1], unit);
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
