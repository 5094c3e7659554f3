import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BundleOptions } from 'bellhop-zapier/build';
import { bundleApp } from 'bellhop-zapier/build';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** A Zapier app as files. */
export interface BuiltApp {
  /** What Zapier loads. */
  readonly entry: string;
  remove(): Promise<void>;
}

/**
 * The app in its own folder, with the entry point that Zapier's build adds. BELLHOP_ZAPIER_APP names the folder
 * of an unpacked build.zip to take instead (scripts/zapier.ts).
 */
export async function builtApp(environment?: BundleOptions['environment']): Promise<BuiltApp> {
  const unpacked = process.env.BELLHOP_ZAPIER_APP;
  if (unpacked && !environment) return { entry: join(unpacked, 'zapierwrapper.js'), remove: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'bellhop-zapier-'));
  await mkdir(join(folder, 'dist'));
  await bundleApp({ outfile: join(folder, 'dist/index.js'), environment: environment ?? {} });
  await cp(join(repository, 'zapier/package.json'), join(folder, 'package.json'));
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name: string };
  const wrapper = await readFile(
    join(repository, 'node_modules/zapier-platform-core/include/zapierwrapper.mjs'),
    'utf8',
  );
  const entry = join(folder, 'zapierwrapper.js');
  await writeFile(entry, wrapper.replaceAll('{REPLACE_ME_PACKAGE_NAME}', name));
  return { entry, remove: () => rm(folder, { recursive: true, force: true }) };
}
