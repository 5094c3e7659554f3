import { ConfigError } from '../config.ts';
import { StoreError } from '../store/errors.ts';

/** Ends the process: with one paragraph where somebody can do something about it, with the stack where that is us. */
export function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof StoreError;
  process.stderr.write(`\n${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n\n`);
  process.exit(1);
}
