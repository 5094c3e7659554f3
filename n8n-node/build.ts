import { cp, glob, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import { providers } from './core/catalogue.ts';
import { outputSchemas } from './core/schemas.ts';

/*
 * Builds `dist`: a readable CommonJS file per node and credential that bundles everything but n8n-workflow, as n8n allows no
 * dependencies; the icons, the codex files and the schemas of the nodes' output.
 */

const root = dirname(fileURLToPath(import.meta.url));
const entries = ['credentials/*.credentials.ts', 'nodes/*/*.node.ts'];
const assets = ['icons/*.svg', 'nodes/*/*.node.json'];

export async function buildPackage(outdir = join(root, 'dist')): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: await files(entries),
    absWorkingDir: root,
    outbase: root,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['n8n-workflow'],
    plugins: [catalogueAsData],
    logLevel: 'warning',
  });
  for (const asset of await files(assets)) await cp(join(root, asset), join(outdir, asset));
  for (const [place, schema] of Object.entries(outputSchemas)) {
    const file = join(outdir, 'nodes', `${place}.json`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(schema, null, 2)}\n`);
  }
}

/** Replaces the module that reads the catalogue with its data. */
const catalogueAsData: Plugin = {
  name: 'catalogue as data',
  setup({ onLoad }) {
    const contents = `export const providers = ${JSON.stringify(providers, null, 2)};`;
    onLoad({ filter: /[/\\]core[/\\]catalogue\.ts$/ }, () => ({ contents }));
  },
};

async function files(patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(patterns, { cwd: root })) found.push(file);
  return found.toSorted();
}

if (import.meta.main) await buildPackage();
