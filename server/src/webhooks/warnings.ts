import type { Catalogue, EventField, EventType, JsonObject } from '@bellhop/shared';
import { describeEventType, eventFields, parseFilter, unknownFields, weakSecret } from '@bellhop/shared';
import type { Warning } from '@bellhop/shared/api/webhooks';
import type { Credentials, Webhook } from '../model.ts';
import { effectiveSettings } from '../publish/settings.ts';
import type { SettingsReader } from '../store/contract/index.ts';

export interface WarningParts {
  readonly catalogue: Catalogue;
  readonly store: SettingsReader;
}

/** What keeps events from webhooks of an organization although they are accepted: by the id of the webhook. */
export async function warningsOf(
  { catalogue, store }: WarningParts,
  organizationId: string,
  webhooks: readonly Webhook[],
): Promise<ReadonlyMap<string, Warning[]>> {
  const warnings = new Map<string, Warning[]>();
  for (const [id, some] of Map.groupBy(webhooks, ({ provider }) => provider)) {
    const provider = catalogue.provider(id);
    const settings = provider ? await effectiveSettings(store, organizationId, provider) : {};
    for (const webhook of some) {
      const types = webhook.events.map((type) => catalogue.eventType(id, type));
      warnings.set(webhook.id, [...unavailable(webhook, types, settings), ...filterWarnings(webhook, types)]);
    }
  }
  return warnings;
}

/** A customer can bring a secret that receivers already have, however weak it is. */
export function secretWarnings({ secrets }: Pick<Credentials, 'secrets'>): Warning[] {
  const message = secrets[0] === undefined ? undefined : weakSecret(secrets[0]);
  return message === undefined ? [] : [{ field: 'signing_secret', message }];
}

type Types = readonly (EventType | undefined)[];

function unavailable({ events }: Webhook, types: Types, settings: JsonObject): Warning[] {
  return events.flatMap((type, index) => {
    const reason = types[index]?.unavailable?.(settings);
    return reason === undefined ? [] : { field: `events.${index}`, message: `${type} is not available. ${reason}` };
  });
}

function filterWarnings({ filter, events }: Webhook, types: Types): Warning[] {
  if (filter === null) return [];
  const parsed = parseFilter(filter);
  if (!parsed.ok) return [{ field: 'filter', message: `Every event matches, as the filter ${parsed.problem}.` }];
  const known = events.flatMap((type, index) => {
    const eventType = types[index];
    return eventType ? { fields: fieldsOf(type, eventType), sample: eventType.sample } : [];
  });
  return unknownFields(parsed.filter, known).map(({ path, nearest }) => ({
    field: 'filter',
    message: `No event type of this webhook has the field ${path}.${nearest ? ` Did you mean ${nearest}?` : ''}`,
  }));
}

const described = new WeakMap<EventType, readonly EventField[]>();

function fieldsOf(type: string, eventType: EventType): readonly EventField[] {
  const known = described.get(eventType) ?? eventFields(describeEventType(type, eventType).schema);
  described.set(eventType, known);
  return known;
}
