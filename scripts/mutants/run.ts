import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Mutant } from './list.ts';
import { mutants, testsOf } from './list.ts';

/*
 * `npm run mutants`: changes safety code of the delivery engine and the store, one place at a time in a copy of the
 * repository, and runs the tests that must notice. A mutant that survives is a gap in the suite, and fails the run.
 * `-- relinquish` runs those whose name or file has that in it. `-- --check` looks whether each still fits the code.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean' } } });
const [wanted = ''] = positionals;
const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Vitest's, in the copy. */
const report = 'mutant.json';
const options = ['run', '--project', 'unit', '--bail', '1', '--reporter', 'json', '--outputFile', report];
const chosen = mutants.filter(({ name, file }) => `${file} ${name}`.includes(wanted));

const unfit = mutants.filter(({ file, find }) => readFileSync(join(repository, file), 'utf8').split(find).length !== 2);
for (const { name, file } of unfit) console.error(`${file} has the code of this mutant no more, or twice: ${name}`);
if (unfit.length > 0) process.exit(1);
if (!values.check) process.exitCode = runAll();

function runAll(): number {
  const copy = mkdtempSync(join(tmpdir(), 'bellhop-mutants-'));
  try {
    for (const path of ['package.json', 'vitest.config.ts', 'tsconfig.base.json', 'shared', 'server', 'test']) {
      cpSync(join(repository, path), join(copy, path), { recursive: true, filter: (source) => !isInstalled(source) });
    }
    linkInstalled(copy);
    const files = new Set(chosen.flatMap(testsThatNotice));
    if (run(copy, [...files]).status !== 0) throw new Error('The tests fail without any mutant.');
    const survivors = chosen.filter((mutant) => !isKilled(copy, mutant));
    console.log(`\n${chosen.length - survivors.length} of ${chosen.length} mutants were killed.`);
    for (const { name, file } of survivors) console.log(`survived: ${name} (${file})`);
    return survivors.length > 0 ? 1 : 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function isInstalled(path: string): boolean {
  return /\/(node_modules|dist)$/.test(path);
}

/** Packages are links to those of the repository, workspaces those of the copy. */
function linkInstalled(copy: string): void {
  for (const folder of ['node_modules', 'node_modules/@bellhop', 'server/node_modules']) {
    if (!existsSync(join(repository, folder))) continue;
    mkdirSync(join(copy, folder), { recursive: true });
    for (const entry of readdirSync(join(repository, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (path === 'node_modules/@bellhop' || entry.name === '.cache') continue;
      const target = entry.isSymbolicLink() ? readlinkSync(join(repository, path)) : join(repository, path);
      symlinkSync(target, join(copy, path));
    }
  }
}

function testsThatNotice({ file, tests }: Mutant): readonly string[] {
  return tests ?? Object.entries(testsOf).find(([start]) => file.startsWith(start))?.[1] ?? [];
}

function run(copy: string, files: readonly string[]) {
  return spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...options, ...files], {
    cwd: copy,
    stdio: 'ignore',
    timeout: 300_000,
  });
}

function isKilled(copy: string, mutant: Mutant): boolean {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    original.replace(mutant.find, () => mutant.replace),
  );
  const startedAt = performance.now();
  rmSync(join(copy, report), { force: true });
  const { status } = run(copy, testsThatNotice(mutant));
  writeFileSync(path, original);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'SURVIVED' : `killed${by(join(copy, report))}`} in ${seconds} s: ${mutant.name}`);
  return status !== 0;
}

/** The first test that noticed. */
function by(path: string): string {
  const told = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const failed = /"fullName":"((?:[^"\\]|\\.)*)","status":"failed"/.exec(told)?.[1];
  return failed ? ` by "${failed}"` : '';
}
