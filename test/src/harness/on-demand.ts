import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/*
 * What is large and needed by few commands is installed on demand, at pinned versions, into the user's cache directory, and
 * stays there for the next time.
 */

const run = promisify(execFile);

export interface Installation {
  /** The directory's name; holds what must be installed anew when it changes. */
  readonly name: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Files beside the manifest, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly options: readonly string[];
  /** Packages whose install scripts are run, alone. */
  readonly rebuild?: readonly string[];
  /** What is done last, in the directory. */
  readonly finish?: (directory: string) => Promise<void>;
}

/** BELLHOP_CACHE_DIR, else `bellhop` where the user's caches are. */
export function cacheDirectory(): string {
  const { BELLHOP_CACHE_DIR: own, XDG_CACHE_HOME: caches } = process.env;
  return own || join(caches || join(homedir(), '.cache'), 'bellhop');
}

/** The directory with the installation in its `node_modules`; installs it first, where it is not there yet. */
export async function installed(installation: Installation, say: (line: string) => void): Promise<string> {
  const directory = join(cacheDirectory(), installation.name);
  const mark = join(directory, 'installed.json');
  const wanted = JSON.stringify(installation);
  if ((await readFile(mark, 'utf8').catch(() => '')) === wanted) return directory;
  say(`Installing ${installation.name} into ${cacheDirectory()} …`);
  const begun = performance.now();
  const fresh = `${directory}.${process.pid}`;
  const files = { 'package.json': JSON.stringify(installation.manifest, null, 2), ...installation.files };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(fresh, name)), { recursive: true });
    await writeFile(join(fresh, name), text);
  }
  await npm(fresh, ['install', '--no-audit', '--no-fund', ...installation.options]);
  for (const name of installation.rebuild ?? []) await npm(fresh, ['rebuild', name]);
  await installation.finish?.(fresh);
  await writeFile(join(fresh, 'installed.json'), wanted);
  await moveTo(directory, fresh, wanted);
  say(`Installed ${installation.name} in ${Math.round((performance.now() - begun) / 1000)} s`);
  return directory;
}

/** Puts a complete installation in its place, unless another process has just done the same. */
async function moveTo(directory: string, fresh: string, wanted: string): Promise<void> {
  const replaced = `${fresh}.replaced`;
  await rename(directory, replaced).catch(() => {});
  await rename(fresh, directory).catch(async (error: unknown) => {
    if ((await readFile(join(directory, 'installed.json'), 'utf8').catch(() => '')) !== wanted) throw error;
    await rm(fresh, { recursive: true, force: true });
  });
  await rm(replaced, { recursive: true, force: true });
}

/** @throws {Error} with the end of what npm said, when it fails. */
export async function npm(directory: string, parameters: readonly string[]): Promise<string> {
  const env = { ...process.env, ...(await ownHeaders()) };
  // Not the settings of the npm that runs this.
  for (const name of Object.keys(env))
    if (/^npm_(?:config_(?!nodedir|registry|cache|userconfig)|lifecycle|package)/i.test(name)) delete env[name];
  try {
    const { stdout } = await run('npm', [...parameters], { cwd: directory, env, maxBuffer: 64 << 20 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm ${parameters.join(' ')} failed in ${directory}:\n${(stdout + stderr).slice(-4000)}`);
  }
}

/** Native modules are compiled by the headers of this Node, where they lie beside it. */
async function ownHeaders(): Promise<Record<string, string>> {
  const directory = dirname(dirname(process.execPath));
  const version = await readFile(join(directory, 'include/node/node_version.h'), 'utf8').catch(() => '');
  return version === '' ? {} : { npm_config_nodedir: directory };
}
