import { parseArgs } from 'node:util';
import type { CrashOutcome } from '@bellhop/test/crash/run';
import { crash } from '@bellhop/test/crash/run';

/**
 * `npm run crash`: kills the server at random moments, again and again, and looks whether an acknowledged event was lost.
 * `npm run crash -- --events 10000 --kills 25 --publishers 6 --seed 1`
 * `npm run crash -- --nodes 4`: so many nodes on a PostgreSQL database. One of them is killed at a time or stands
 * still, or the database is killed.
 */
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '25' },
    publishers: { type: 'string', default: '6' },
    nodes: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
  },
});

const seed = Number(values.seed);
const outcome = await crash({
  events: Number(values.events),
  kills: Number(values.kills),
  publishers: Number(values.publishers),
  nodes: values.nodes === undefined ? undefined : Number(values.nodes),
  seed,
  tell: (line) => console.log(line),
});

const { lost, unknown, changed, disordered, pending } = outcome;
const problems = { lost, unknown, changed, disordered };
for (const [what, names] of Object.entries(problems)) {
  for (const name of names.slice(0, 10)) console.error(`${what}: ${name}`);
}
console.log(summary(outcome));
process.exit(Object.values(problems).every((names) => names.length === 0) && pending === 0 ? 0 : 1);

function summary(of: CrashOutcome): string {
  return [
    `${of.events} events to ${of.webhooks} webhooks${values.nodes ? ` by ${values.nodes} nodes` : ''} in ${of.seconds.toFixed(0)} s`,
    `${of.kills} kills and ${of.killsAtStart} more while starting`,
    `${of.failures} requests that receivers failed`,
    `${of.arrived} arrived and ${of.copies} copies`,
    `${lost.length} lost, ${unknown.length} unknown, ${changed.length} changed, ${disordered.length} out of order, ${pending} pending`,
    `seed ${seed}`,
  ].join('; ');
}
