import type { Action, Schedule } from './schedule.ts';
import { scheduleOf } from './schedule.ts';
import type { Outcome } from './simulation.ts';
import { simulate } from './simulation.ts';
import type { Rule, Violation } from './watch.ts';

/** Schedules that are tried to make one shorter. */
const mostTries = 150;
const mostViolations = 10;
const mostCalls = 60;

/** Carries out the schedule of a seed; what went wrong comes with the shortest schedule that is found for it. */
export async function checkSeed(seed: number): Promise<{ readonly outcome: Outcome; readonly report: string | null }> {
  const outcome = await simulate(scheduleOf(seed));
  const [violation] = outcome.violations;
  if (!violation) return { outcome, report: null };
  return { outcome, report: await reportOf(await shortened(scheduleOf(seed), violation.rule), violation.rule) };
}

/** Leaves out actions as long as the same rule is broken. */
async function shortened(schedule: Schedule, rule: Rule): Promise<Schedule> {
  let { actions } = schedule;
  let tries = 0;
  for (let size = actions.length >> 1; size > 0 && tries < mostTries; size >>= 1) {
    for (let from = 0; from < actions.length && tries < mostTries; ) {
      const fewer = actions.toSpliced(from, size);
      tries += 1;
      const { violations } = await simulate({ ...schedule, actions: fewer });
      if (violations.some((each) => each.rule === rule)) actions = fewer;
      else from += size;
    }
  }
  return { ...schedule, actions };
}

async function reportOf(schedule: Schedule, rule: Rule): Promise<string> {
  const calls: { readonly at: number; readonly text: string }[] = [];
  const { violations } = await simulate(schedule, (at, node, step, name, data) => {
    calls.push({ at, text: `${at.toFixed(1)} ${node} ${step} ${name} ${shortOf(data)}` });
  });
  const broken = violations.filter((each) => each.rule === rule);
  const { actions, ...settings } = schedule;
  const before = calls.filter(({ at, text }) => at <= (broken[0]?.at ?? 0) && concerns(text, broken[0]));
  return [
    `seed ${schedule.seed}: ${JSON.stringify(settings)}`,
    ...actions.map((action) => describe(action)),
    ...broken.slice(0, mostViolations).map(({ at, text }) => `${at.toFixed(1)} BROKEN ${rule}: ${text}`),
    'What the store was asked before the first, and said, of what it names:',
    ...before.slice(-mostCalls).map(({ text }) => text),
  ].join('\n');
}

function describe({ at, kind, ...rest }: Action): string {
  const { webhook } = rest as { readonly webhook?: unknown };
  const shown = typeof webhook === 'object' ? { ...rest, webhook: essence(webhook) } : rest;
  return `${at.toFixed(1)} ${kind} ${JSON.stringify(shown)}`;
}

function essence(webhook: unknown): unknown {
  const { id, url, events, rateLimit, ordering } = webhook as Readonly<Record<string, unknown>>;
  return { id, url, events, rateLimit, ordering };
}

/** Whether a call is about a delivery that a violation names. */
function concerns(text: string, violation: Violation | undefined): boolean {
  const named = violation?.text.match(/dlv_\d+/g) ?? [];
  return named.length === 0 || named.some((id) => text.includes(id));
}

function shortOf(data: unknown): string {
  const text = JSON.stringify(data) ?? '';
  const ids = text.match(/dlv_\d+/g);
  return ids && text.length > 300 ? `${text.slice(0, 60)}… ${[...new Set(ids)].join(' ')}` : text.slice(0, 300);
}
