import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const log = fileURLToPath(new URL('../src/log.ts', import.meta.url));

/** A file of Linux that takes nothing: writing to it answers that the disk is full. */
const fullDisk = '/dev/full';

/** Runs a program whose standard output is a file; answers its exit code and what it said on standard error. */
async function run(program: string, output: string) {
  const child = spawn('sh', ['-c', `exec "${process.execPath}" --input-type=module -e '${program}' > ${output}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code, said };
}

const logging = (then: string) => `
  import { createLog } from "${log}";
  const log = createLog("info");
  for (let line = 0; line < 100; line += 1) log.info("a line");
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let line = 0; line < 100; line += 1) log.info("a line");
  ${then}
`;

(existsSync(fullDisk) ? test : test.skip)(
  'a log on a full disk neither ends the process nor keeps it from ending',
  async () => {
    const end = 'console.error("alive"); process.exit(0);';
    expect(await run(logging(end), fullDisk)).toEqual({ code: 0, said: 'alive\n' });
  },
);

test('what was logged last is written when the process exits', async () => {
  const output = `${process.env.TMPDIR ?? '/tmp'}/bellhop-log-${process.pid}`;
  await run(logging('process.exit(0);'), output);
  expect(readFileSync(output, 'utf8').trim().split('\n')).toHaveLength(200);
});
