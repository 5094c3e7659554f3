import { ConfigError } from '../config.ts';
import { StoreError } from '../store/errors.ts';

/** Ends the process. Prints only the message of errors that the operator can fix, and the stack of all others. */
export function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof StoreError;
  process.stderr.write(`\n${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n\n`);
  process.exit(1);
}
