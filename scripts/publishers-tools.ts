import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/*
 * What the connectors are checked, built and tested with is large, so it is installed on demand, at pinned versions, into
 * the user's cache directory, and stays there for the next time.
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
}

/** n8n's command line for community nodes, its scanner, and what the package is built with. */
export const tools: Installation = {
  name: 'n8n-tools-0.48.3',
  manifest: {
    name: 'n8n-tools',
    private: true,
    dependencies: {
      '@n8n/node-cli': '0.48.3',
      '@n8n/scan-community-package': '0.32.0',
      esbuild: '0.28.2',
      'n8n-workflow': '2.10.0',
      zod: '4.6.7',
    },
    // Only for nodes that are language models, and twice as large as all the rest.
    overrides: { '@n8n/ai-node-sdk': 'file:./stub' },
  },
  files: { 'stub/package.json': '{ "name": "@n8n/ai-node-sdk", "version": "0.0.0" }' },
  options: ['--ignore-scripts'],
};

/** n8n itself. Later releases need siblings that are not all published; `before` keeps them out of the ranges. */
export const n8n: Installation = {
  name: 'n8n-2.41.1',
  manifest: { name: 'n8n-for-tests', private: true, dependencies: { n8n: '2.41.1' } },
  options: ['--ignore-scripts', '--before=2026-09-27'],
  rebuild: ['sqlite3'],
};

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
  await rm(directory, { recursive: true, force: true });
  const files = { 'package.json': JSON.stringify(installation.manifest, null, 2), ...installation.files };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  await npm(directory, ['install', '--no-audit', '--no-fund', ...installation.options]);
  for (const name of installation.rebuild ?? []) await npm(directory, ['rebuild', name]);
  await writeFile(mark, wanted);
  say(`Installed ${installation.name} in ${Math.round((performance.now() - begun) / 1000)} s`);
  return directory;
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
