/**
 * Asks again until the answer satisfies or the deadline (Unix milliseconds) has passed. Answers with the last answer,
 * whichever of the two it was.
 */
export async function poll<T>(ask: () => Promise<T>, satisfied: (answer: T) => boolean, deadline: number): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (satisfied(answer) || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
