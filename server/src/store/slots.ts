/**
 * Webhooks are spread over slots, and slots over the nodes that deliver (`cluster/homes.ts`): so every node knows, without
 * asking, which node is to take a lane that nobody has.
 */
export const slotCount = 256;

/** The slot of a webhook: the end of its id, which is random. */
export function slotOf(webhookId: string): number {
  const slot = Number.parseInt(webhookId.slice(-2), 16);
  return Number.isNaN(slot) ? 0 : slot;
}
