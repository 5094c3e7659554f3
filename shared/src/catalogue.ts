import { z } from 'zod';
import type { JsonObject } from './json.ts';
import type { EventType, Provider } from './provider.ts';
import { operationalProvider } from './providers/bellhop.ts';
import { operatorProvider } from './providers/bellhop-server.ts';
import { boltcall } from './providers/boltcall.ts';
import { bolten } from './providers/bolten.ts';
import { boltly } from './providers/boltly.ts';
import { inboundflow } from './providers/inboundflow.ts';
import { salpre } from './providers/salpre.ts';
import type { SignatureScheme } from './signing.ts';
import { standardFormat } from './standard-format.ts';
import type { FormatId, WireFormat } from './wire-format.ts';

/** The default providers of a server. */
export const builtInProviders: readonly Provider[] = [boltcall, boltly, bolten, inboundflow, salpre];

/** All providers of a server: built-in ones, the operator's own, and those of Bellhop's own events. */
export class Catalogue {
  readonly #providers: ReadonlyMap<string, Provider>;
  /** Providers whose events the API accepts: all except Bellhop's own. */
  readonly publishable: readonly Provider[];

  /**
   * @param forOperator whether events about the server itself are among them. Default: no.
   * @throws {TypeError} when two providers share an id, those of Bellhop's own events included.
   */
  constructor(providers: readonly Provider[] = builtInProviders, { forOperator = false } = {}) {
    this.publishable = [...providers];
    const all = [...providers, operationalProvider, ...(forOperator ? [operatorProvider] : [])];
    this.#providers = new Map(all.map((provider) => [provider.id, provider]));
    if (this.#providers.size < all.length) {
      const ids = all.map(({ id }) => id);
      const twice = ids.find((id, index) => ids.indexOf(id) !== index);
      throw new TypeError(`Two providers have the id "${twice}". Give each provider a unique id.`);
    }
  }

  get providers(): readonly Provider[] {
    return [...this.#providers.values()];
  }

  provider(id: string): Provider | undefined {
    return this.#providers.get(id);
  }

  eventType(providerId: string, type: string): EventType | undefined {
    const events = this.provider(providerId)?.events;
    return events && Object.hasOwn(events, type) ? events[type] : undefined;
  }
}

export function wireFormat(provider: Provider, format: FormatId): WireFormat {
  return format === 'standard' ? standardFormat : provider;
}

/** A provider as plain JSON: what the REST API returns and what the connectors are generated from. */
export type ProviderDescription = {
  id: string;
  name: string;
  description: string;
  /** How requests in the provider's own format are signed; `null`: unsigned. */
  signature: SignatureScheme | null;
  webhooks: Provider['webhooks'];
  delivery: Provider['delivery'];
  /** JSON Schema and defaults of the per-organization settings; `null`: none. */
  settings: { schema: Record<string, unknown>; defaults: JsonObject } | null;
  events: EventTypeDescription[];
};

export type EventTypeDescription = {
  type: string;
  label: string;
  description: string;
  /** JSON Schema (2020-12) of `data`. */
  schema: Record<string, unknown>;
  sample: JsonObject;
};

export function describeProvider(provider: Provider): ProviderDescription {
  return {
    id: provider.id,
    name: provider.name,
    description: provider.description,
    signature: provider.signature,
    webhooks: provider.webhooks,
    delivery: provider.delivery,
    settings: provider.settings
      ? { schema: jsonSchema(provider.settings.schema), defaults: { ...provider.settings.defaults } }
      : null,
    events: Object.entries(provider.events).map(([type, eventType]) => describeEventType(type, eventType)),
  };
}

export function describeEventType(type: string, eventType: EventType): EventTypeDescription {
  const { label, description, schema, sample } = eventType;
  return { type, label, description, schema: jsonSchema(schema), sample };
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  return { ...z.toJSONSchema(schema, { io: 'input' }) };
}
