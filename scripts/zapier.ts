import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * npm run zapier -- <command of zapier-platform>: runs Zapier's command line in zapier/, such as `validate --without-style`,
 * `build --skip-validation`, `register`, `push`. It is too big to be installed with everything else, so it is fetched once, at
 * a fixed version, into a folder of this user's.
 *
 * npm run zapier -- test: validates the app, builds the zip, unpacks it and runs the acceptance tests on what came out.
 */

const version = '19.1.0';
const repository = fileURLToPath(new URL('../', import.meta.url));
const app = join(repository, 'zapier');
const home = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bellhop', `zapier-platform-cli-${version}`);

const [command = 'help', ...options] = process.argv.slice(2);
await fetchCommandLine();
if (command === 'test') await testZip();
else zapierPlatform(command, ...options);

async function fetchCommandLine(): Promise<void> {
  if (existsSync(home)) return;
  console.log(`Fetching zapier-platform-cli ${version}, once …`);
  await mkdir(dirname(home), { recursive: true });
  const unfinished = mkdtempSync(`${home}-`);
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
  const wanted = `zapier-platform-cli@${version}`;
  run('npm', ['install', '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', wanted], { cwd: unfinished });
  renameSync(unfinished, home);
}

async function testZip(): Promise<void> {
  zapierPlatform('validate', '--without-style');
  zapierPlatform('build', '--skip-validation');
  const unpacked = mkdtempSync(join(tmpdir(), 'bellhop-zapier-zip-'));
  try {
    const decompress = createRequire(join(home, 'package.json'))('zapier-platform-cli/src/utils/decompress.js');
    await (decompress as (zip: string, folder: string) => Promise<void>)(join(app, 'build/build.zip'), unpacked);
    const tests = ['acceptance', 'hooks', 'choices', 'secrets', 'publishing-rules'];
    const pattern = `test/src/zapier/(${tests.join('|')})`;
    run('npm', ['test', '--', pattern, '--verbose'], { cwd: repository, env: { BELLHOP_ZAPIER_APP: unpacked } });
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function zapierPlatform(...args: string[]): void {
  const main = join(home, 'node_modules/zapier-platform-cli/src/bin/run');
  run(process.execPath, [main, ...args], { cwd: app, env: { DISABLE_ZAPIER_ANALYTICS: '1', NO_UPDATE_NOTIFIER: '1' } });
}

/** Ends this process with the other one's code when it fails. */
function run(file: string, args: readonly string[], options: { cwd: string; env?: Record<string, string> }): void {
  // What npm tells the scripts it runs is of this repository, and would mislead an npm that works elsewhere.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?:config_local_prefix|package|lifecycle)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...options.env };
  const { status, error } = spawnSync(file, args, { stdio: 'inherit', ...options, env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
