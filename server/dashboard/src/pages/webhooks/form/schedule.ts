import { counted } from '../../../parts/counted.ts';

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

/** Limits of the API (shared/src/api/webhooks.ts). */
const [maximumDelays, maximumDays] = [20, 7];

/** Parses `5s, 5m, 2h`. A number without a unit is in seconds. Empty text: no retries. */
export function parseSchedule(text: string): Schedule {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const delays = parts.map(seconds);
  const wrong = parts.find((_, index) => delays[index] === undefined);
  if (wrong !== undefined) {
    return {
      ok: false,
      problem: `“${wrong}” is not a delay. Enter delays such as 30s, 5m, 2h or 1d, separated by commas.`,
    };
  }
  const known = delays.filter((delay) => delay !== undefined);
  if (known.some((delay) => delay > maximumDays * 86_400)) {
    return { ok: false, problem: `A delay can be at most ${maximumDays} days.` };
  }
  if (known.length > maximumDelays) {
    return { ok: false, problem: `Enter at most ${maximumDelays} delays, not ${known.length}.` };
  }
  return { ok: true, delays: known };
}

function seconds(part: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd])?$/i.exec(part) ?? [];
  const length = units.find(([sign]) => sign === unit.toLowerCase())?.[1];
  return number === undefined || length === undefined ? undefined : Number(number) * length;
}

/** `5s, 5m, 2h`: the inverse of {@link parseSchedule}. */
export function scheduleText(delays: readonly number[]): string {
  return delays.map((delay) => largestUnit(delay, (count, [sign]) => `${count}${sign}`)).join(', ');
}

/** `Up to 4 attempts: immediately, then after 5 seconds, 5 minutes and 2 hours.` */
export function describeSchedule(delays: readonly number[]): string {
  if (delays.length === 0) return 'One attempt, no retries.';
  const waits = delays.map((delay) => largestUnit(delay, (count, [, , name]) => counted(count, name)));
  return `Up to ${delays.length + 1} attempts: immediately, then after ${listed(waits)}.`;
}

type Unit = (typeof units)[number];

/** The delay in the largest unit that gives a whole number. */
function largestUnit(delay: number, written: (count: number, unit: Unit) => string): string {
  const unit = units.find(([, length]) => delay >= length && delay % length === 0) ?? units[3];
  return written(delay / unit[1], unit);
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
