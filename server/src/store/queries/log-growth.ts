/** Webhooks that are remembered at once; what is forgotten is found by the next walk. */
const mostWebhooks = 100_000;

/** Which webhooks' logs have grown since they were last pruned: where there is something to prune. */
export class LogGrowth {
  readonly #attempts = new Map<string, number>();

  /** @param attempts how many each of them got. */
  note(webhookIds: readonly string[], attempts = 1): void {
    if (this.#attempts.size > mostWebhooks) this.#attempts.clear();
    for (const id of webhookIds) this.#attempts.set(id, (this.#attempts.get(id) ?? 0) + attempts);
  }

  /** Takes up to so many webhooks that have at least this many new attempts. */
  take(most: number, attempts: number): string[] {
    const taken: string[] = [];
    for (const [id, count] of this.#attempts) {
      if (taken.length === most) break;
      if (count >= attempts) taken.push(id);
    }
    for (const id of taken) this.#attempts.delete(id);
    return taken;
  }
}
