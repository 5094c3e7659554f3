import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * `npm run fuzz`: tries every property (`*.fuzz.long.test.ts`) for so many seconds, on inputs of a seed of chance.
 * `npm run fuzz -- --seconds 10 --seed 42 requests` repeats a run, for requests.fuzz.long.test.ts alone.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});

const { seconds, seed } = values;
console.log(`Every property for ${seconds} s, seed ${seed}`);
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--maxWorkers=1', ...(positionals.length ? positionals : ['']).map((name) => `${name}.fuzz.`)],
  { stdio: 'inherit', env: { ...process.env, BELLHOP_FUZZ_SECONDS: seconds, BELLHOP_FUZZ_SEED: seed } },
);
console.log(`That was seed ${seed}.`);
process.exit(status ?? 1);
