type Cleanup = () => unknown;

interface Running {
  readonly what: string;
  /** The stack of who started it. */
  readonly from: string;
  readonly stop: Cleanup;
}

const ofTest: Cleanup[] = [];
const ofFile: Cleanup[] = [];
const running = new Set<Running>();

/** Calls back when the test that runs has ended; what came last goes first. In `beforeAll` it holds until the first test ends. */
export function afterTest(cleanup: Cleanup): void {
  ofTest.push(cleanup);
}

/** Calls back when the test file that runs has ended; what came last goes first. */
export function afterFile(cleanup: Cleanup): void {
  ofFile.push(cleanup);
}

/**
 * Notes that something was started that somebody has to stop: what still runs when the test file ends fails it.
 *
 * @returns what to call when it has stopped.
 */
export function mustStop(what: string, stop: Cleanup): () => void {
  const frames = (new Error().stack ?? '').split('\n').slice(2);
  const each = { what, stop, from: frames.filter((frame) => !/node:|node_modules/.test(frame)).join('\n') };
  running.add(each);
  return () => running.delete(each);
}

/** Called by {@link ./setup.ts}. */
export async function endOfTest(): Promise<void> {
  await callAll(ofTest);
}

/** Called by {@link ./setup.ts}. @throws {Error} that names what the file has left running; it is stopped by then. */
export async function endOfFile(): Promise<void> {
  await callAll(ofTest);
  await callAll(ofFile);
  const left = [...running];
  running.clear();
  if (left.length === 0) return;
  const stopped = callAll(left.map(({ stop }) => stop)).catch(() => {});
  await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, 10_000))]);
  throw new Error(
    `The test file left running:\n${left.map(({ what, from }) => `${what}, started\n${from}`).join('\n')}`,
  );
}

/** Calls all of them, the last first. @throws the first error, after all were called. */
async function callAll(cleanups: Cleanup[]): Promise<void> {
  const errors: unknown[] = [];
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      await cleanup();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
