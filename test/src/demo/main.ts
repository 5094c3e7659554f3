import { setTimeout as wait } from 'node:timers/promises';
import { painter } from './paint.ts';
import { failures, runDemo, summary } from './run.ts';
import { startStage } from './stage.ts';

/*
 * `npm run demo`: the main job on real input. Starts a server and receivers of its own, sends every event type to all of
 * them, verifies what they got, and prints it. The exit code is 1 when a row fails.
 */

/** Nothing waits longer than this for anything, whatever hangs. */
const longestMs = 50_000;
const longestStopMs = 5_000;

const starting = startStage();
const paint = painter(process.stdout.isTTY, process.env);
const print = (line: string) => void process.stdout.write(`${line}\n`);
let leaving = false;

/** Stops what was started, removes the store, and ends the process. */
async function leave(code: number): Promise<void> {
  if (leaving) return;
  leaving = true;
  const stopped = starting.then((stage) => stage.stop()).catch(() => undefined);
  await Promise.race([stopped, wait(longestStopMs)]);
  process.exit(code);
}

process.once('SIGINT', () => void leave(130));
process.once('SIGTERM', () => void leave(143));
// The reader of a pipe went away.
process.stdout.on('error', () => void leave(1));
setTimeout(() => {
  process.stderr.write(`The demo did not come to its end within ${longestMs / 1000} s.\n`);
  void leave(1);
}, longestMs).unref();

try {
  const outcome = await runDemo(await starting, { print, paint });
  for (const line of summary(outcome, performance.now() / 1000, paint)) print(line);
  await leave(failures(outcome).length > 0 ? 1 : 0);
} catch (error) {
  if (!leaving) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  await leave(1);
}
