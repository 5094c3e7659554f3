import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommand } from './command.ts';
import { within } from './measure/clock.ts';
import { load, machine } from './measure/machine.ts';
import { profileReports } from './profile/report.ts';
import { printReport } from './report.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { Settings } from './settings.ts';
import { choose } from './settings.ts';
import { Stage } from './stage.ts';

/*
 * `npm run bench`: what Bellhop costs, on this machine, now. Compares within one run, as machines differ and are shared.
 * The exit code is 1 when something could not be measured, whatever the figures are.
 */

const print = (text: string) => void process.stdout.write(`${text}\n`);
const progress = (text: string) => void process.stderr.write(`  ${text}\n`);
let open: Stage | undefined;

// However this process ends, its children and its files go with it.
process.on('exit', () => open?.kill());
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.once(signal, () => process.exit(code));
}
// The reader of a pipe went away.
process.stdout.on('error', () => process.exit(1));

async function main(): Promise<number> {
  const { scenarios, quick, profile } = readCommand(process.argv.slice(2));
  const profileDirectory = profile ? mkdtempSync(join(tmpdir(), 'bellhop-profile-')) : null;
  const settings: Settings = { quick, profileDirectory };
  print(introduction(scenarios, settings));
  let failures = 0;
  for (const scenario of scenarios) {
    const measured = await measure(scenario, settings);
    if (!measured) failures += 1;
  }
  if (profileDirectory) print(`Profiles  ${profileDirectory} (open them in Chrome's or VS Code's profile viewer)`);
  print(`Load    ${load()} at the end; the run took ${(performance.now() / 1000).toFixed(0)} s.`);
  return failures === 0 ? 0 : 1;
}

function introduction(scenarios: readonly Scenario[], settings: Settings): string {
  const names = scenarios.map(({ name }) => name).join(', ');
  const manner = settings.quick ? 'quick: rounds too short to compare figures' : 'full';
  return [...machine(), `Run     ${new Date().toISOString()}, ${names} (${manner})`, ''].join('\n');
}

/** False when it failed or took too long; the others go on. */
async function measure(scenario: Scenario, settings: Settings): Promise<boolean> {
  const stage = new Stage(settings, (text) => progress(`${scenario.name}: ${text}`));
  open = stage;
  try {
    const longest = choose(settings, scenario.longestSeconds) * 1000;
    const reports = await within(longest, `The scenario "${scenario.name}"`, scenario.run(stage));
    for (const report of reports) print(printReport(report));
    return true;
  } catch (error) {
    print(`### ${scenario.name} failed\n\n${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  } finally {
    await within(30_000, 'Stopping', stage.close()).catch(() => stage.kill());
    printProfiles(stage);
  }
}

function printProfiles({ settings: { profileDirectory }, profiled }: Stage): void {
  if (profileDirectory === null) return;
  for (const each of profiled) {
    for (const report of profileReports(profileDirectory, each)) print(printReport(report));
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
