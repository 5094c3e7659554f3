import { parseArgs } from 'node:util';
import { checkSeed } from './report.ts';

/** `npm run simulate -- --from 1 --to 5000`: carries out schedules of the delivery engine and reports what went wrong. */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '1000' },
  },
});

const began = performance.now();
const [from, to] = [Number(values.from), Number(values.to)];
const totals = { published: 0, sent: 0, repeated: 0 };
const broken = new Map<string, number[]>();
for (let seed = from; seed <= to; seed += 1) {
  const { outcome, report } = await checkSeed(seed);
  totals.published += outcome.published;
  totals.sent += outcome.sent;
  totals.repeated += outcome.repeated;
  if (report === null) continue;
  console.log(`${report}\n`);
  for (const rule of new Set(outcome.violations.map((violation) => violation.rule))) {
    broken.set(rule, [...(broken.get(rule) ?? []), seed]);
  }
}
const seconds = ((performance.now() - began) / 1000).toFixed(1);
const { published, sent, repeated } = totals;
console.log(`Seeds ${from} to ${to} in ${seconds} s: ${published} published, ${sent} sent, ${repeated} repeated.`);
for (const [rule, seeds] of broken) console.log(`${rule}: ${seeds.length} seeds: ${seeds.join(' ')}`);
process.exitCode = broken.size > 0 ? 1 : 0;
