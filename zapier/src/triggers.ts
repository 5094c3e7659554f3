import type { Provider } from '@bellhop/shared';
import { operationalProvider } from '@bellhop/shared';
import type { Trigger } from 'zapier-platform-core';
import type { TriggerDefinition } from './trigger.ts';
import { instantTrigger } from './trigger.ts';

/**
 * A trigger for each event type, and one for any event of a provider.
 *
 * @throws {TypeError} when two event types have the same key. Zaps refer to a trigger by it.
 */
export function triggersOf(providers: readonly Provider[]): Record<string, Trigger> {
  const definitions = providers.flatMap((provider) => [...eachEvent(provider), ...anyEvent(provider)]);
  const twice = definitions.find(({ key }, index) => definitions.findIndex((each) => each.key === key) < index);
  if (twice)
    throw new TypeError(`Two triggers have the key "${twice.key}". Rename an event type of ${twice.provider.id}.`);
  return Object.fromEntries(
    withUniqueLabels(definitions).map((definition) => [definition.key, instantTrigger(definition)]),
  );
}

function eachEvent(provider: Provider): TriggerDefinition[] {
  return Object.entries(provider.events).map(([type, eventType]) => ({
    key: `${provider.id}_${type.replaceAll(/[^A-Za-z0-9]+/g, '_')}`,
    noun: eventType.noun ?? eventType.label,
    label: eventType.label,
    description: eventType.description,
    provider,
    types: { [type]: eventType },
  }));
}

function anyEvent(provider: Provider): TriggerDefinition[] {
  const { id, events } = provider;
  // Operational events are alarms, each for a reaction of its own.
  if (Object.keys(events).length < 2 || provider === operationalProvider) return [];
  const description = 'Triggers when any event happens, or one of those you choose.';
  return [{ key: `${id}_any_event`, noun: 'Event', label: 'Any Event', description, provider, types: events }];
}

/** Adds the product to a label that several products have. */
function withUniqueLabels(definitions: readonly TriggerDefinition[]): TriggerDefinition[] {
  const counts = Map.groupBy(definitions, ({ label }) => label);
  return definitions.map((definition) => {
    const { label, provider } = definition;
    const isShared = (counts.get(label)?.length ?? 0) > 1;
    return isShared ? { ...definition, label: `${label} in ${provider.name}` } : definition;
  });
}
