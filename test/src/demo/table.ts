import type { Row } from './deliveries.ts';
import type { Manner } from './manners.ts';
import type { Paint } from './paint.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right?: boolean;
}

const columns = {
  provider: { title: 'Provider', width: 11 },
  event: { title: 'Event', width: 26 },
  platform: { title: 'Platform', width: 8 },
  status: { title: 'Status', width: 6 },
  signature: { title: 'Signature', width: 25 },
  milliseconds: { title: 'ms', width: 5, right: true },
} as const satisfies Record<string, Column>;

export function tableHead(paint: Paint): string {
  const cells = Object.values(columns).map((column) => fit(column, column.title));
  return paint('bold', cells.join('  ').trimEnd());
}

/** One line per row; names that repeat the line above are left out. A row that fails ends with why. */
export function tableRow(row: Row, above: Row | undefined, paint: Paint): string {
  const sameProvider = above?.provider === row.provider;
  const sameEvent = sameProvider && above.event === row.event && above.derived === row.derived;
  const event = row.derived ? `↳ ${row.event}` : row.event;
  const line = [
    fit(columns.provider, sameProvider ? '' : row.provider),
    fit(columns.event, sameEvent ? '' : event),
    fit(columns.platform, row.platform),
    fit(columns.status, row.status === null ? '–' : String(row.status)),
    signature(row, paint),
    fit(columns.milliseconds, row.milliseconds === null ? '–' : String(row.milliseconds)),
  ].join('  ');
  return row.problems.length === 0 ? line : `${line}  ${paint('red', `✗ ${row.problems.join(' ')}`)}`;
}

function signature(row: Row, paint: Paint): string {
  const write = (text: string) => fit(columns.signature, text);
  if (row.signature === null) return write('–');
  if (row.signature === 'unsigned') return paint('dim', write('unsigned'));
  if (row.signature === 'valid') return paint('green', write(`✓ ${row.signatureHeader}`));
  return paint('red', write(`✗ ${row.signatureHeader}`));
}

export function mannerLine({ platform, answer, outcome, problem }: Manner, paint: Paint): string {
  const mark = problem === null ? paint('green', '✓') : paint('red', '✗');
  return `${mark} ${platform.padEnd(6)}  ${answer.padEnd(29)}  ${problem === null ? outcome : paint('red', outcome)}`;
}

function fit({ width, right }: Column, text: string): string {
  return right ? text.padStart(width) : text.padEnd(width);
}
