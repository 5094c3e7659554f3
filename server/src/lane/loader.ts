import type { Logger } from 'pino';
import type { Target } from '../attempt/sender.ts';
import { Batch } from '../flow/batch.ts';
import type { Webhook } from '../model.ts';
import type { Vault } from '../security/vault.ts';
import type { LaneStore } from '../store/contract/index.ts';
import type { Lane } from './lane.ts';

const retryDelayMs = 1000;

export interface LoaderParts {
  readonly store: Pick<LaneStore, 'loadWebhooks'>;
  readonly vault: Vault;
  readonly log: Logger;
}

/** Each is opened and sends at once. */
const mostTogether = 50;

/** Loads the webhooks of lanes: those that ask together are answered by one query. */
export class WebhookLoader {
  readonly #parts: LoaderParts;
  readonly #batch: Batch<Lane>;

  constructor(parts: LoaderParts) {
    this.#parts = parts;
    this.#batch = new Batch({
      take: (waiting) => waiting.splice(0, mostTogether),
      write: (lanes) => this.#load(lanes),
    });
  }

  /** Loads a lane's webhook and gives the lane its turn; when that fails, a little later. */
  load(lane: Lane): void {
    if (lane.webhook.startLoading()) this.#batch.add([lane]);
  }

  /** A webhook as it can be sent to. */
  open(webhook: Webhook): Target {
    return { webhook, credentials: this.#parts.vault.openOf(webhook) };
  }

  /** Resolves when no query is under way. */
  async stop(): Promise<void> {
    await this.#batch.flush();
  }

  async #load(lanes: readonly Lane[]): Promise<void> {
    const { store, log } = this.#parts;
    try {
      const webhooks = await store.loadWebhooks(lanes.map(({ webhookId }) => webhookId));
      const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]));
      for (const lane of lanes) this.#loaded(lane, byId.get(lane.webhookId));
    } catch (error) {
      log.error({ err: error, lanes: lanes.length }, 'loading webhooks failed; trying again');
      for (const lane of lanes) tryLater(lane);
    }
  }

  #loaded(lane: Lane, webhook: Webhook | undefined): void {
    try {
      if (webhook) lane.load(this.open(webhook));
      else lane.webhook.remove();
    } catch (error) {
      this.#parts.log.error(
        { err: error, webhook_id: lane.webhookId },
        'a webhook cannot be decrypted; its deliveries wait',
      );
      tryLater(lane);
      return;
    }
    lane.webhook.loadingEnded();
    if (lane.webhook.isCurrent) lane.turn();
    else lane.comeBackIn(retryDelayMs);
  }
}

function tryLater(lane: Lane): void {
  lane.webhook.loadingEnded();
  lane.webhook.outdate();
  lane.comeBackIn(retryDelayMs);
}
