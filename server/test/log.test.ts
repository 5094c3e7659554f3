import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const module = JSON.stringify(new URL('../src/log.ts', import.meta.url).href);

/** A process that logs; it ends when the script says so, or when its standard input ends. */
function logging(script: string) {
  const source = `const { createLog } = await import(${module}); const log = createLog('info'); ${script}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['pipe', 'pipe', 'inherit'] });
}

function messages(output: string): string[] {
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).msg);
}

test('lines that were not written yet are written when the process exits', async () => {
  const child = logging(`for (let n = 0; n < 100; n += 1) log.info('line ' + n); process.exit(0);`);
  const output = await text(child.stdout);
  expect(messages(output)).toEqual(Array.from({ length: 100 }, (_, index) => `line ${index}`));
});

test('a single line does not wait for others', async () => {
  const child = logging(`log.info('alone'); process.stdin.resume();`);
  const [chunk] = await once(child.stdout, 'data');
  expect(messages(String(chunk))).toEqual(['alone']);
  child.stdin.end();
  await once(child, 'exit');
});
