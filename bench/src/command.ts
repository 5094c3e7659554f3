import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';

export interface Command {
  readonly scenarios: readonly Scenario[];
  readonly quick: boolean;
  readonly profile: boolean;
}

export const usage = `npm run bench -- [scenario …] [--quick] [--profile]

${scenarios.map(({ name, question }) => `  ${name.padEnd(10)} ${question}`).join('\n')}

  --quick    fewer and shorter rounds: shows that it works, not what it costs
  --profile  writes CPU profiles of the server's threads and prints where the time goes
`;

/** @throws {Error} with the usage, when the arguments are not understood. */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const unknown = positionals.filter((name) => !scenarios.some((each) => each.name === name));
  if (unknown.length > 0) throw new Error(`There is no scenario "${unknown[0]}".\n\n${usage}`);
  const chosen = scenarios.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { scenarios: chosen, quick: values.quick, profile: values.profile };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { quick: flag, profile: flag } });
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`, { cause });
  }
}
