import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed } from '@bellhop/test/harness/on-demand';
import { packMirror, writeMirror } from './n8n-mirror.ts';
import { n8n } from './publishers-tools.ts';

/*
 * `npm run test:n8n`: the packed node in a real n8n, against a real server (docs/testing.md). What is given after `--`
 * goes to Vitest.
 */

const say = (line: string) => console.log(line);
const directory = await installed(n8n, say);
const work = await mkdtemp(join(tmpdir(), 'bellhop-n8n-test-'));
try {
  const mirror = join(work, 'n8n-nodes-bellhop');
  await writeMirror(mirror);
  const tarball = await packMirror(mirror, say);
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'n8n', '--reporter', 'verbose'];
  const { status } = spawnSync(process.execPath, [...vitest, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, BELLHOP_N8N_DIRECTORY: directory, BELLHOP_N8N_TARBALL: tarball },
  });
  process.exitCode = status ?? 1;
} finally {
  await rm(work, { recursive: true, force: true });
}
