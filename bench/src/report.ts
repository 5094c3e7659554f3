import { median } from './measure/statistics.ts';

/** What a scenario found, as it is printed: Markdown that reads well in a terminal, so that a run can go into a page. */
export interface Report {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader has to know to read the table. */
  readonly notes: readonly string[];
}

export function printReport({ title, columns, rows, notes }: Report): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, index) => pad(cells[index] ?? '', width, index)).join(' | ')} |`;
  const rule = widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [`### ${title}`, '', line(columns), line(rule), ...rows.map(line), '', ...notes.map((note) => `- ${note}`), '']
    .join('\n')
    .replaceAll(/ +$/gm, '');
}

function pad(text: string, width: number, index: number): string {
  return index === 0 ? text.padEnd(width) : text.padStart(width);
}

/** `184 (171–190)`: the median of the rounds, with the least and the most. */
export function spread(rounds: readonly number[], digits = 0, unit = ''): string {
  if (rounds.length === 0) return '–';
  const middle = figure(median(rounds), digits) + unit;
  if (rounds.length === 1) return middle;
  return `${middle} (${figure(Math.min(...rounds), digits)}–${figure(Math.max(...rounds), digits)})`;
}

export function figure(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : '∞';
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function mebibytes(bytes: number): string {
  return `${figure(bytes / 2 ** 20)} MiB`;
}

/** `≤ 2.5: met`. */
export function aim(value: number, limit: number): string {
  return `≤ ${limit}: ${value <= limit ? 'met' : 'missed'}`;
}
