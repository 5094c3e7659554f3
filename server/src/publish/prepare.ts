import type { Catalogue, JsonObject, Provider, PublishedEvent } from '@bellhop/shared';
import { check } from '../check.ts';
import { newId } from '../ids.ts';
import type { Event } from '../model.ts';
import type { FieldError } from '../problem.ts';

/** An event as the API takes it. */
export interface EventInput {
  readonly provider: string;
  readonly type: string;
  readonly data: JsonObject;
  /** Unix milliseconds. */
  readonly occurredAt: number;
}

/** Validates an event against the catalogue and the organization's settings. */
export function eventProblems(catalogue: Catalogue, input: EventInput, settings: JsonObject): FieldError[] {
  const provider = catalogue.provider(input.provider);
  if (!provider) return [{ field: 'provider', message: unknownProvider({ providers: catalogue.publishable }) }];
  if (!catalogue.publishable.includes(provider))
    return [{ field: 'provider', message: notPublished(provider, catalogue) }];
  const eventType = catalogue.eventType(input.provider, input.type);
  if (!eventType) return [{ field: 'type', message: unknownEventType(provider) }];
  const unavailable = eventType.unavailable?.(settings);
  if (unavailable) return [{ field: 'type', message: unavailable }];
  const issues = check(eventType.schema, input.data).error?.issues ?? [];
  return issues.map(({ path, message }) => ({ field: ['data', ...path].join('.'), message }));
}

/**
 * The events to deliver for a published one: the provider can project it or derive further ones. The data is used as
 * given, not as parsed by the schema.
 */
export function prepareEvents(
  provider: Provider,
  input: EventInput,
  settings: JsonObject,
  context: { readonly organizationId: string; readonly now: number },
): Event[] {
  const published: PublishedEvent = { type: input.type, data: input.data };
  const prepared = provider.prepare?.(published, settings) ?? [published];
  return prepared.map(({ type, data }) => ({
    id: newId('event'),
    organizationId: context.organizationId,
    provider: provider.id,
    type,
    test: false,
    occurredAt: input.occurredAt,
    createdAt: context.now,
    data: JSON.stringify(data),
  }));
}

export function unknownProvider({ providers }: Pick<Catalogue, 'providers'>): string {
  return `is not a provider of this server; use one of ${providers.map(({ id }) => id).join(', ')}`;
}

function notPublished({ id }: Provider, { publishable }: Catalogue): string {
  const others = publishable.map(({ id }) => id).join(', ');
  return `cannot be published: Bellhop creates ${id} events itself; use one of ${others}`;
}

export function unknownEventType(provider: Provider): string {
  return `is not an event type of ${provider.id}; use one of ${Object.keys(provider.events).join(', ')}`;
}
