/** Beyond this, the map is cleared; the next full walk finds what was dropped. */
const maxWebhooks = 100_000;

/** Counts the growth of webhooks' logs since they were last pruned. */
export class LogGrowth {
  readonly #attempts = new Map<string, number>();

  /** @param attempts new attempts of each webhook. */
  note(webhookIds: readonly string[], attempts = 1): void {
    if (this.#attempts.size > maxWebhooks) this.#attempts.clear();
    for (const id of webhookIds) this.#attempts.set(id, (this.#attempts.get(id) ?? 0) + attempts);
  }

  /** Removes and returns up to `max` webhooks with at least this many new attempts. */
  take(max: number, attempts: number): string[] {
    const taken: string[] = [];
    for (const [id, count] of this.#attempts) {
      if (taken.length === max) break;
      if (count >= attempts) taken.push(id);
    }
    for (const id of taken) this.#attempts.delete(id);
    return taken;
  }
}
