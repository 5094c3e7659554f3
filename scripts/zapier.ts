import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed } from '@bellhop/test/harness/on-demand';

/*
 * npm run zapier -- <command of zapier-platform>: runs Zapier's command line in zapier/, such as `validate --without-style`,
 * `build --skip-validation`, `register`, `push`. It is too big to be installed with everything else, so it is fetched at the
 * first use, at a pinned version.
 *
 * npm run zapier -- test: validates the app, builds the zip, unpacks it and runs the acceptance tests on what came out, on the
 * Node that Zapier has.
 */

const version = '19.1.0';
/** The Node that Zapier runs apps of this version on, as a package. */
const runtime = { name: `node-${process.platform.replace('win32', 'win')}-${process.arch}`, version: '22.23.3' };
const repository = fileURLToPath(new URL('../', import.meta.url));
const app = join(repository, 'zapier');

const tools = await installed(
  {
    name: `zapier-platform-cli-${version}`,
    manifest: {
      name: 'zapier-tools',
      private: true,
      dependencies: { 'zapier-platform-cli': version, [runtime.name]: runtime.version },
    },
    options: ['--ignore-scripts'],
  },
  console.log,
);

const [command = 'help', ...options] = process.argv.slice(2);
if (command === 'test') await testZip();
else zapierPlatform(command, ...options);

async function testZip(): Promise<void> {
  zapierPlatform('validate', '--without-style');
  zapierPlatform('build', '--skip-validation');
  const unpacked = await mkdtemp(join(tmpdir(), 'bellhop-zapier-zip-'));
  try {
    const decompress: unknown = createRequire(join(tools, 'package.json'))(
      'zapier-platform-cli/src/utils/decompress.js',
    );
    await (decompress as (zip: string, folder: string) => Promise<void>)(join(app, 'build/build.zip'), unpacked);
    const suites = ['acceptance', 'hooks', 'off-and-on', 'choices', 'secrets', 'publishing-rules'];
    const node = join(tools, 'node_modules', runtime.name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node');
    const env = { BELLHOP_ZAPIER_APP: unpacked, BELLHOP_ZAPIER_NODE: node };
    const files = suites.map((suite) => `test/src/zapier/${suite}.test`);
    run('npm', ['test', '--', ...files, '--reporter=verbose'], { cwd: repository, env });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

function zapierPlatform(...args: string[]): void {
  const main = join(tools, 'node_modules/zapier-platform-cli/src/bin/run');
  run(process.execPath, [main, ...args], { cwd: app, env: { DISABLE_ZAPIER_ANALYTICS: '1', NO_UPDATE_NOTIFIER: '1' } });
}

/** Ends this process with the other one's code when it fails. */
function run(file: string, args: readonly string[], options: { cwd: string; env: Record<string, string> }): void {
  // What npm tells the scripts it runs is of this repository, and would mislead an npm that works elsewhere.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?:config_local_prefix|package|lifecycle)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...options.env };
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', cwd: options.cwd, env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
