import {
  Button,
  Checkbox,
  Code,
  Fieldset,
  Group,
  Input,
  NativeSelect,
  SimpleGrid,
  Text,
  VisuallyHidden,
} from '@mantine/core';
import { useId } from 'react';
import type { Provider } from '../api/resources.ts';

/** Selects a provider. A single provider is shown as text. */
export function ProviderSelect({
  providers,
  value,
  onChange,
  error,
}: {
  readonly providers: readonly Provider[];
  readonly value: string;
  readonly onChange: (provider: string) => void;
  readonly error?: string | undefined;
}) {
  const chosen = providers.find(({ id }) => id === value);
  if (providers.length === 1) {
    return (
      <Input.Wrapper label="Provider" labelElement="div" description={chosen?.description} error={error}>
        <Text>{providers[0]?.name}</Text>
      </Input.Wrapper>
    );
  }
  return (
    <NativeSelect
      label="Provider"
      description={chosen?.description ?? 'The product that publishes the events.'}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={providers.map(({ id, name }) => ({ value: id, label: name }))}
      error={error}
    />
  );
}

export interface EventChoiceProps {
  readonly provider: Provider;
  readonly format: 'provider' | 'standard';
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
  readonly error?: string | undefined;
}

/** True if a webhook of this provider takes exactly one event type. */
export function takesOneEvent({ webhooks }: Provider, format: 'provider' | 'standard'): boolean {
  return format === 'provider' && webhooks.eventTypes === 'one';
}

/** Selects event types: one if the provider's own format takes one, else any number. */
export function EventChoice(props: EventChoiceProps) {
  return takesOneEvent(props.provider, props.format) ? <OneEvent {...props} /> : <SeveralEvents {...props} />;
}

function OneEvent({ provider, value, onChange, error }: EventChoiceProps) {
  const [chosen] = value.length === 1 ? value : [];
  const options = optionsOf(provider, value);
  return (
    <NativeSelect
      label="Event"
      description={options.find(({ type }) => type === chosen)?.description ?? 'The event that triggers this webhook.'}
      value={chosen ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? [] : [currentTarget.value])}
      data={[
        { value: '', label: 'Choose an event' },
        ...options.map(({ type, label }) => ({ value: type, label: label === type ? type : `${label} (${type})` })),
      ]}
      error={error}
      required
    />
  );
}

/** Above this number of options there are buttons to select all or none. */
const few = 3;

function SeveralEvents({ provider, value, onChange, error }: EventChoiceProps) {
  const errorId = useId();
  const options = optionsOf(provider, value);
  const inOrder = (wanted: (type: string) => boolean) => options.map(({ type }) => type).filter(wanted);
  const toggle = (type: string) =>
    onChange(inOrder((each) => (each === type ? !value.includes(type) : value.includes(each))));
  return (
    <Fieldset legend="Events" aria-describedby={error ? errorId : undefined} data-invalid={error ? true : undefined}>
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed">
          {value.length} of {options.length} selected
        </Text>
        {options.length > few && (
          <Group gap="xs">
            <Button size="compact-sm" variant="default" onClick={() => onChange(inOrder(() => true))}>
              All<VisuallyHidden component="span"> events</VisuallyHidden>
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => onChange([])}>
              None<VisuallyHidden component="span"> of the events</VisuallyHidden>
            </Button>
          </Group>
        )}
      </Group>
      {error && (
        <Input.Error id={errorId} mb="sm">
          {error}
        </Input.Error>
      )}
      <SimpleGrid
        type="container"
        cols={{ base: 1, '34rem': options.length > few ? 2 : 1 }}
        spacing="lg"
        verticalSpacing="sm"
      >
        {options.map(({ type, label, description }) => (
          <Checkbox
            key={type}
            label={label}
            checked={value.includes(type)}
            onChange={() => toggle(type)}
            description={
              <>
                <Code className="breaks">{type}</Code> {description}
              </>
            }
          />
        ))}
      </SimpleGrid>
    </Fieldset>
  );
}

interface Option {
  readonly type: string;
  readonly label: string;
  readonly description: string;
}

/** The provider's event types, then selected ones that are no longer in the catalogue, so that they can be removed. */
function optionsOf({ events }: Provider, value: readonly string[]): readonly Option[] {
  const removed = value.filter((type) => !events.some((event) => event.type === type));
  return [
    ...events,
    ...removed.map((type) => ({
      type,
      label: type,
      description: 'No longer in the catalogue: nothing is sent for it.',
    })),
  ];
}
