import type { Webhook } from '../model.ts';
import type { WebhookService } from '../webhooks/service.ts';
import type { WarningParts } from '../webhooks/warnings.ts';
import { secretWarnings, warningsOf } from '../webhooks/warnings.ts';
import type { WebhookResource } from './resources.ts';
import { webhookResource } from './resources.ts';

/** Shows webhooks of an organization as the API does, with their warnings. */
export class WebhookResources {
  readonly #webhooks: WebhookService;
  readonly #parts: WarningParts;

  constructor(webhooks: WebhookService, parts: WarningParts) {
    this.#webhooks = webhooks;
    this.#parts = parts;
  }

  async one(webhook: Webhook): Promise<WebhookResource> {
    const show = await this.all(webhook.organizationId, [webhook]);
    return show(webhook);
  }

  async all(organizationId: string, webhooks: readonly Webhook[]): Promise<(webhook: Webhook) => WebhookResource> {
    const warnings = await warningsOf(this.#parts, organizationId, webhooks);
    return (webhook) => {
      const credentials = this.#webhooks.credentialsOf(webhook);
      const all = [...(warnings.get(webhook.id) ?? []), ...secretWarnings(credentials)];
      return webhookResource(webhook, credentials, all);
    };
  }
}
