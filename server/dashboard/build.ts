import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { buildCommand, isBuilt, builtDirectory as target } from './built.ts';

/*
 * Builds the dashboard into `dist`. With `--if-changed`, as `npm start` runs it, only if the sources or the build tools
 * have changed since the last build.
 */

const directory = fileURLToPath(new URL('.', import.meta.url));
const root = resolve(directory, '../..');
const mark = join(target, 'sources.txt');

/** A hash of everything the build depends on. */
function sources(): string {
  const files = globSync(
    ['server/dashboard/{*.ts,index.html}', 'server/dashboard/src/**', 'shared/src/**', 'package-lock.json'],
    {
      cwd: root,
      withFileTypes: true,
    },
  );
  const hash = createHash('sha256');
  for (const path of files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()) {
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

const built = await readFile(mark, 'utf8').catch(() => '');
const wanted = sources();
const ifChanged = process.argv.includes('--if-changed');
if (!ifChanged || built !== wanted) await buildOrExplain();

async function buildOrExplain(): Promise<void> {
  const vite = await import('vite').catch(() => undefined);
  if (!vite) return explain();
  const fresh = `${target}.${process.pid}`;
  try {
    await vite.build({ configFile: join(directory, 'vite.config.ts'), build: { outDir: fresh } });
    await compress(fresh);
    await writeFile(join(fresh, 'sources.txt'), wanted);
    await replace(fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Without development dependencies the server uses the existing build, and says so if there is none. */
function explain(): void {
  if (!ifChanged) {
    process.stderr.write(
      `Building the dashboard requires development dependencies. Install them and build: ${buildCommand}\n`,
    );
    process.exitCode = 1;
  } else if (isBuilt()) {
    process.stderr.write(`The dashboard build is out of date. To rebuild it: ${buildCommand}\n`);
  }
}

/** Writes compressed copies next to the files. */
async function compress(built: string): Promise<void> {
  const paths = globSync('assets/*.{js,css}', { cwd: built }).map((name) => join(built, name));
  await Promise.all(
    paths.map(async (path) => {
      const content = await readFile(path);
      await writeFile(`${path}.br`, await promisify(brotliCompress)(content));
      await writeFile(`${path}.gz`, await promisify(gzip)(content));
    }),
  );
}

/** A running server keeps serving the old files until the new ones are complete. */
async function replace(fresh: string): Promise<void> {
  const old = `${fresh}.old`;
  await rename(target, old).catch(() => {});
  await rename(fresh, target).catch(async (error: unknown) => {
    // A concurrent build was faster.
    if (!(await readFile(mark, 'utf8').catch(() => ''))) throw error;
  });
  await rm(old, { recursive: true, force: true });
}
