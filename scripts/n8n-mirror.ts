import { cp, glob, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { installed, npm } from '@bellhop/test/harness/on-demand';
import { tools } from './publishers-tools.ts';

/*
 * Writes the n8n node as a repository of its own. n8n verifies packages with provenance from a repository that holds nothing
 * else, so what the node imports of `shared` is in `core` there (docs/publish-n8n-node.md).
 */

const root = fileURLToPath(new URL('../', import.meta.url));
const source = join(root, 'n8n-node');

const copied = [
  'README.md',
  'LICENSE',
  'credentials',
  'eslint.config.mjs',
  'examples',
  'icons',
  'lib',
  'nodes',
  'mirror/.github',
  'mirror/.gitignore',
];

/** Replaces the directory's files, except `.git`. */
export async function writeMirror(directory: string): Promise<void> {
  for (const name of copied) {
    const target = join(directory, name.replace(/^mirror\//, ''));
    await rm(target, { recursive: true, force: true });
    await cp(join(source, name), target, { recursive: true });
  }
  await rm(join(directory, 'core'), { recursive: true, force: true });
  await write(join(directory, 'package.json'), await manifest());
  // JavaScript, as n8n's rules for TypeScript are meant for files that n8n loads.
  const build = await readFile(join(source, 'build.ts'), 'utf8');
  await write(join(directory, 'build.mjs'), stripTypeScriptTypes(build));
  await write(join(directory, 'core/catalogue.ts'), generated({ providers: await listedProviders() }));
  await write(join(directory, 'core/schemas.ts'), generated(await exportsOf('core/schemas.ts')));
  const shared = await readFile(join(source, 'core/shared.ts'), 'utf8');
  await write(join(directory, 'core/shared.ts'), shared.replaceAll(/'@bellhop\/shared\/([^']+)'/g, "'./shared/$1.ts'"));
  for (const name of await closure(shared)) {
    await cp(join(root, 'shared/src', name), join(directory, 'core/shared', name), { recursive: true });
  }
}

/** Builds and packs the package as it is published, from the mirror alone. */
export async function packMirror(directory: string, say: (line: string) => void): Promise<string> {
  const installation = await installed(tools, say);
  await rm(join(directory, 'node_modules'), { recursive: true, force: true });
  await symlink(join(installation, 'node_modules'), join(directory, 'node_modules'));
  await npm(directory, ['run', 'build']);
  const [packed] = JSON.parse(await npm(directory, ['pack', '--json'])) as { filename: string }[];
  if (!packed) throw new Error('npm pack packed nothing.');
  return join(directory, packed.filename);
}

async function manifest(): Promise<string> {
  const { private: _, devDependencies, ...rest } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  const { '@n8n/node-cli': cli } = tools.manifest.dependencies as Record<string, string>;
  const { '@bellhop/shared': __, zod: ___, ...own } = devDependencies;
  const whole = {
    ...rest,
    scripts: { build: rest.scripts.build.replace('build.ts', 'build.mjs'), lint: 'n8n-node lint' },
    devDependencies: { '@n8n/node-cli': cli, eslint: '9.29.0', ...own },
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** With BELLHOP_CONFIG, an operator's providers instead of the built-in ones. */
async function listedProviders(): Promise<unknown> {
  const { listed } = (await exportsOf('core/catalogue.ts')) as { listed: (given?: unknown) => unknown };
  const file = process.env.BELLHOP_CONFIG;
  if (!file) return listed();
  const { default: config } = await import(pathToFileURL(resolve(file)).href);
  return listed(config.providers);
}

async function exportsOf(name: string): Promise<Record<string, unknown>> {
  return { ...(await import(pathToFileURL(join(source, name)).href)) };
}

function generated(exported: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(exported).map(
    ([name, value]) => `export const ${name} = ${JSON.stringify(value, null, 2)} as const;`,
  );
  return `/* Generated from Bellhop's catalogue. */\n\n${typesFor(exported)}${lines.join('\n')}\n`;
}

/** The types that the node imports from `core/catalogue.ts`. */
function typesFor(exported: Readonly<Record<string, unknown>>): string {
  if (!('providers' in exported)) return '';
  return 'export type ListedProvider = (typeof providers)[number];\n\n';
}

/** The files of `shared/src` that a text imports, and those that they import. */
async function closure(text: string, known = new Set<string>(), from = ''): Promise<Set<string>> {
  const packaged = [...text.matchAll(/from '@bellhop\/shared\/([^']+)'/g)].map(([, name]) => `${name}.ts`);
  const relative = [...text.matchAll(/from '(\.\.?\/[^']+)'/g)].map(([, path = '']) =>
    resolve('/', dirname(from), path).slice(1),
  );
  for (const name of [...packaged, ...(from === '' ? [] : relative)]) {
    if (known.has(name)) continue;
    known.add(name);
    await closure(await readFile(join(root, 'shared/src', name), 'utf8'), known, name);
  }
  return known;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Replaces the examples of the same names. */
export interface Publisher {
  /** Its URL, which n8n compares with the provenance. */
  readonly repository?: string | undefined;
  /** Where docs/connect-n8n.md is published. */
  readonly docs?: string | undefined;
  readonly author?: string | undefined;
  readonly email?: string | undefined;
}

const examples: Readonly<Record<keyof Publisher, string>> = {
  repository: 'https://git.bellhop.example.com/n8n-nodes-bellhop.git',
  docs: 'https://bellhop.example.com/guides/connect-n8n',
  author: 'The Bellhop authors',
  email: 'maintainers@bellhop.example.com',
};

async function personalize(directory: string, publisher: Publisher): Promise<void> {
  const named = glob(['package.json', 'README.md', 'credentials/*.ts', 'nodes/*/*.json'], { cwd: directory });
  for await (const name of named) {
    let text = await readFile(join(directory, name), 'utf8');
    for (const [key, example] of Object.entries(examples)) {
      text = text.replaceAll(example, publisher[key as keyof Publisher] ?? example);
    }
    await writeFile(join(directory, name), text);
  }
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const options = { repository: text, docs: text, author: text, email: text };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [directory] = positionals;
  if (!directory) {
    console.error('Usage: npm run n8n:mirror -- ../n8n-nodes-bellhop --repository https://github.com/…');
    process.exit(2);
  }
  await writeMirror(resolve(directory));
  await personalize(resolve(directory), values);
  console.log(`Wrote the n8n node as a repository of its own to ${resolve(directory)}`);
}

if (import.meta.main) await main();
