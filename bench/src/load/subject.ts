import type { Client, Provider } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import type { Service } from '../processes/server.ts';

/** What is published: a provider that signs, retries and puts the event's id first in its body, as the receiver expects. */
const provider = providerCalled('boltly');

function providerCalled(id: string): Provider {
  const found = builtInProviders.find((each) => each.id === id);
  if (!found) throw new Error(`There is no provider "${id}".`);
  return found;
}

const [[type, { sample }] = missing()] = Object.entries(provider.events);

function missing(): never {
  throw new Error(`${provider.id} has no event types.`);
}

export const providerId = provider.id;
export const eventType = type;
/** As the store keeps it. */
export const eventData = JSON.stringify(sample);

/** The body of a publish request. */
export const publishBody = JSON.stringify({ provider: provider.id, type, data: sample });

/** The body of a batch of so many. */
export function batchBody(events: number): string {
  return JSON.stringify({
    events: Array.from({ length: events }, () => ({ provider: provider.id, type, data: sample })),
  });
}

/** What the subject is, for the report. */
export const subject = `${provider.name} "${type}", ${publishBody.length} bytes to publish`;

/** An organization whose every event goes to so many webhooks. */
export interface Tenant {
  /** Of the nodes that take its events, in turn. */
  readonly urls: readonly string[];
  readonly apiKey: string;
  readonly fanOut: number;
  readonly client: Client;
}

/** @param target the URL of a webhook, by its number. */
export async function tenantWith(service: Service, fanOut: number, target: (index: number) => string): Promise<Tenant> {
  const { client, apiKey } = await service.tenant(`${fanOut} webhooks`);
  for (let index = 0; index < fanOut; index += 1) {
    await client.createWebhook({ body: { provider: provider.id, events: [type], url: target(index) } });
  }
  return { urls: service.urls, apiKey, fanOut, client };
}
