#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { usage } from './start/usage.ts';

/*
 * Node keeps what it compiles, which saves a third of a start (docs/adr/0002). Whoever can write this directory can
 * change the code itself; where this user cannot, Node does without. Threads and child processes go by the variable.
 */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const help = async () => {
  process.stdout.write(usage);
};

/** Imported when they run, after the cache is on. */
const commands: Readonly<Record<string, () => Promise<void>>> = {
  start: async () => (await import('./start/serve.ts')).serve(),
  migrate: async () => (await import('./start/migrate.ts')).migrate(),
  prune: async () => (await import('./start/prune.ts')).prune(),
  help,
  '--help': help,
  '-h': help,
};

async function main(name = 'start', ...more: readonly string[]): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command || more.length > 0) {
    const problem = command ? `bellhop ${name} takes no arguments.` : `Unknown command "${name}".`;
    process.stderr.write(`${problem}\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  await command();
}

main(...process.argv.slice(2)).catch(async (error: unknown) => (await import('./start/fail.ts')).fail(error));
