type Cleanup = () => unknown;

const ofTest: Cleanup[] = [];
const ofFile: Cleanup[] = [];

/** Calls back when the test that runs has ended; what came last goes first. In `beforeAll` it holds until the first test ends. */
export function afterTest(cleanup: Cleanup): void {
  ofTest.push(cleanup);
}

/** Calls back when the test file that runs has ended; what came last goes first. */
export function afterFile(cleanup: Cleanup): void {
  ofFile.push(cleanup);
}

/** Called by {@link ./setup.ts}. */
export async function endOfTest(): Promise<void> {
  for (const cleanup of ofTest.splice(0).reverse()) await cleanup();
}

/** Called by {@link ./setup.ts}. */
export async function endOfFile(): Promise<void> {
  await endOfTest();
  for (const cleanup of ofFile.splice(0).reverse()) await cleanup();
}
