import type { StatementCost } from '../measure/statements.ts';
import type { Report } from '../report.ts';
import { figure } from '../report.ts';

const statementsShown = 25;
const longestText = 140;

/** What PostgreSQL was asked, and what it spent the time on. */
export function statementReport(title: string, costs: readonly StatementCost[]): Report {
  const byText = Map.groupBy(costs, ({ query }) => shortened(query));
  const kinds = [...byText].map(([text, each]) => ({ text, ...total(each) }));
  const all = total(costs);
  const rows = kinds
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, statementsShown)
    .map(({ text, calls, rows, milliseconds, walBytes }) => [
      text,
      figure(calls),
      figure(rows / calls, 1),
      figure(milliseconds / calls, 3),
      figure(milliseconds),
      `${figure((milliseconds * 100) / all.milliseconds, 1)} %`,
      figure(walBytes / 1024),
    ]);
  return {
    title: `${title}: statements by the time in PostgreSQL`,
    columns: ['statement', 'calls', 'rows', 'ms each', 'ms', 'share', 'WAL, KiB'],
    rows,
    notes: [
      `${figure(all.calls)} statements, executed in ${figure(all.milliseconds)} ms, waiting for locks included. Not part of it: reading and planning them, sending their rows, and what a commit does, also its waiting for the disk.`,
    ],
  };
}

function total(costs: readonly StatementCost[]): Omit<StatementCost, 'query'> {
  const sum = (what: Exclude<keyof StatementCost, 'query'>) => costs.reduce((all, each) => all + each[what], 0);
  return { calls: sum('calls'), rows: sum('rows'), milliseconds: sum('milliseconds'), walBytes: sum('walBytes') };
}

/** The same text for statements that differ in how many rows or ids they have. */
function shortened(query: string): string {
  const text = query
    .replaceAll(/\/\*, \.\.\. \*\//g, '')
    .replaceAll(/\$\d+/g, '?')
    .replaceAll(/cast\(\? as \w+\)/g, '?')
    .replaceAll(/\(\?(?:, \?)*\s*\)(?:, \(\?(?:, \?)*\s*\))*/g, '(…)')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('"', '')
    .replaceAll('|', '\\|')
    .trim();
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
