#!/usr/bin/env node
import { fail } from './start/fail.ts';
import { migrate } from './start/migrate.ts';
import { prune } from './start/prune.ts';
import { serve } from './start/serve.ts';
import { usage } from './start/usage.ts';

const help = async () => {
  process.stdout.write(usage);
};

const commands: Readonly<Record<string, () => Promise<void>>> = {
  start: serve,
  migrate,
  prune,
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

main(...process.argv.slice(2)).catch(fail);
