/**
 * Asks again until the answer satisfies, for what cannot be awaited because it happens behind the API: a result that is
 * recorded after the receiver has answered.
 *
 * @throws {Error} with the last answer, after a minute, which only what hangs takes.
 */
export async function eventually<T>(ask: () => Promise<T>, satisfied: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error(`It did not come to that. Last answer: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
