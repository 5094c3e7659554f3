import { chmod } from 'node:fs/promises';
import type { Runs } from '../api/runs.ts';
import type { ServerRun } from '../harness/server-run.ts';
import { repository } from '../harness/server-run.ts';

const main = `${repository}bench/src/main.ts`;

/** A run of the benchmark, and the directory that it keeps its files in. */
export async function bench(runs: Runs, ...parameters: string[]): Promise<{ run: ServerRun; temporary: string }> {
  const temporary = await runs.directory();
  // For root, PostgreSQL runs as another user, who has to get to its data.
  await chmod(temporary, 0o711);
  const run = runs.start({
    command: [process.execPath, main, ...parameters],
    env: { TMPDIR: temporary, TEST_DATABASE_URL: '' },
  });
  return { run, temporary };
}

/** The cells of the Markdown table with this title, without its head and its rule. */
export function rowsOf(output: string, title: string): string[][] {
  const [, section = ''] = output.split(`### ${title}\n`);
  const [table = ''] = section.split('\n\n- ');
  const lines = table.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) =>
    line
      .slice(2, -2)
      .split(/ +\| +/)
      .map((cell) => cell.trim()),
  );
}
