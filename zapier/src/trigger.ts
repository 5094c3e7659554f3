import type { EventType, Provider } from '@bellhop/shared';
import { standardSample } from '@bellhop/shared';
import type { Selection } from '@bellhop/shared/connector';
import type { Bundle, Trigger } from 'zapier-platform-core';
import { discreet } from './errors.ts';
import { chosenTypes, filterOf, inputFields } from './inputs.ts';
import { outputOf } from './output.ts';
import { receivedEvent } from './receive.ts';
import { listSamples, subscribe, unsubscribe } from './subscription.ts';

export interface TriggerDefinition {
  readonly key: string;
  readonly noun: string;
  readonly label: string;
  readonly description: string;
  readonly provider: Provider;
  /** The event types that trigger. The customer can choose among several. */
  readonly types: Readonly<Record<string, EventType>>;
}

/** A REST hook on event types of a provider. */
export function instantTrigger({ key, noun, label, description, provider, types }: TriggerDefinition): Trigger {
  const output = outputOf(types);
  const selection = (bundle: Bundle): Selection => ({
    provider: provider.id,
    events: chosenTypes(types, bundle),
    filter: filterOf(bundle),
  });
  return {
    key,
    noun,
    display: { label, description },
    operation: {
      type: 'hook',
      inputFields: inputFields(types),
      performSubscribe: discreet(async (z, bundle) => subscribe(z, bundle, selection(bundle))),
      performUnsubscribe: discreet(unsubscribe),
      perform: discreet(async (z, bundle) => {
        const event = await receivedEvent(z, bundle);
        return event ? [output.of(event)] : [];
      }),
      performList: discreet(async (z, bundle) => {
        const { real, fixed } = await listSamples(z, bundle, selection(bundle));
        return [...real.map(output.of), ...fixed.map(output.ofSample)];
      }),
      sample: output.ofSample(sampleOf(provider.id, types)),
      outputFields: output.fields,
    },
  };
}

function sampleOf(provider: string, types: TriggerDefinition['types']) {
  const [type = '', eventType] = Object.entries(types)[0] ?? [];
  return standardSample(provider, type, eventType?.sample ?? {});
}
