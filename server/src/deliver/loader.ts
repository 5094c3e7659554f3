import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Webhook } from '../model.ts';
import type { Vault } from '../security/vault.ts';
import type { DeliveryStore } from '../store/contract.ts';
import type { Lane, Target } from './lane.ts';

const retryDelayMs = 1000;

/** Tells lanes of their webhooks: those that ask in the same moment are answered by one query. */
export class WebhookLoader {
  readonly #store: Pick<DeliveryStore, 'loadWebhooks'>;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onLoaded: (lane: Lane) => void;
  readonly #asking: Lane[] = [];
  #loading: Promise<void> = Promise.resolve();

  constructor(parts: {
    readonly store: Pick<DeliveryStore, 'loadWebhooks'>;
    readonly vault: Vault;
    readonly clock: Clock;
    readonly log: Logger;
    readonly onLoaded: (lane: Lane) => void;
  }) {
    this.#store = parts.store;
    this.#vault = parts.vault;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#onLoaded = parts.onLoaded;
  }

  /** Loads a lane's webhook and calls back; when that fails, it calls back a little later for the lane to ask again. */
  load(lane: Lane): void {
    if (lane.loading) return;
    this.#asking.push(lane);
    lane.loading = true;
    if (this.#asking.length > 1) return;
    queueMicrotask(() => {
      this.#loading = this.#load(this.#asking.splice(0));
    });
  }

  /** A webhook as it can be sent to. */
  open(webhook: Webhook): Target {
    return { webhook, credentials: this.#vault.open(webhook.sealed, webhook.organizationId) };
  }

  /** Resolves when no query is under way. */
  async stop(): Promise<void> {
    await this.#loading;
  }

  async #load(lanes: readonly Lane[]): Promise<void> {
    for (const lane of lanes) lane.startLoading();
    try {
      const webhooks = await this.#store.loadWebhooks(lanes.map((lane) => lane.webhookId));
      const byId = new Map(webhooks.map((webhook) => [webhook.id, webhook]));
      for (const lane of lanes) this.#tell(lane, byId.get(lane.webhookId));
    } catch (error) {
      this.#log.error({ err: error, lanes: lanes.length }, 'webhooks could not be loaded; trying again');
    }
    for (const lane of lanes) {
      lane.loading = false;
      if (lane.current) this.#onLoaded(lane);
      else lane.setAlarm(this.#clock, this.#clock.elapsed() + retryDelayMs, () => this.#onLoaded(lane));
    }
  }

  #tell(lane: Lane, webhook: Webhook | undefined): void {
    if (!webhook) {
      lane.remove();
      return;
    }
    try {
      lane.load(this.open(webhook));
    } catch (error) {
      this.#log.error({ err: error, webhook_id: webhook.id }, 'a webhook cannot be opened; its deliveries wait');
    }
  }
}
