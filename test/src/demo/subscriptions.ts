import { randomBytes } from 'node:crypto';
import type { Client, Provider } from '@bellhop/shared';
import type { DocumentedFormat } from './formats.ts';
import { documentedFormat, standard } from './formats.ts';
import type { Stage } from './stage.ts';
import type { StandIn } from './stand-in.ts';

/** A webhook or a REST hook, with what its receiver knows of it. */
export interface Subscription {
  readonly webhookId: string;
  readonly provider: string;
  readonly events: readonly string[];
  readonly receiver: StandIn;
  readonly url: string;
  readonly secret: string | null;
  readonly format: DocumentedFormat;
}

/** Every event type of the providers on every platform, in as few webhooks as a customer would make. */
export async function subscribeToEverything(
  client: Client,
  { custom, zapier, make, n8n }: Stage['standIns'],
  providers: readonly Provider[],
): Promise<Subscription[]> {
  const subscribing = providers.flatMap((provider) => {
    const all = Object.keys(provider.events);
    const each = all.map((type) => [type]);
    return [
      ...(provider.webhooks.eventTypes === 'one' ? each : [all]).map((events) =>
        createWebhook(client, custom, provider, events),
      ),
      // A Zap has one trigger; a scenario in Make and a node in n8n may listen to several event types.
      ...each.map((events) => subscribeHook(client, zapier, provider.id, events)),
      subscribeHook(client, make, provider.id, all),
      subscribeHook(client, n8n, provider.id, all),
    ];
  });
  return Promise.all(subscribing);
}

/** A webhook in the provider's own format, signed if the format can be. */
export async function createWebhook(
  client: Client,
  receiver: StandIn,
  { id: provider, name, webhooks }: Provider,
  events: readonly string[],
): Promise<Subscription> {
  const url = receiver.newUrl();
  const chosen = webhooks.secret === 'optional' ? { signing_secret: randomBytes(24).toString('base64url') } : {};
  const webhook = await client.createWebhook({
    body: { provider, events: [...events], url, name: `${name} to our own receiver`, ...chosen },
  });
  const format = documentedFormat(provider);
  return { webhookId: webhook.id, provider, events, receiver, url, secret: webhook.signing_secret, format };
}

/** A REST hook in the standard format, subscribed as a platform's connector does. */
export async function subscribeHook(
  client: Client,
  receiver: StandIn,
  provider: string,
  events: readonly string[],
): Promise<Subscription> {
  const url = receiver.newUrl();
  const hook = await client.subscribeHook({
    body: { provider, events: [...events], target_url: url, platform: receiver.platform, format: 'standard' },
  });
  return { webhookId: hook.id, provider, events, receiver, url, secret: hook.signing_secret, format: standard };
}
