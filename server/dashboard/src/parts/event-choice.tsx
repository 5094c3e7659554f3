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

/** The provider whose events are wanted; where there is one only, it is told and not asked. */
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
      description={chosen?.description ?? 'Whose events you want.'}
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

/** Whether a webhook of this provider is tied to one event type. */
export function takesOneEvent({ webhooks }: Provider, format: 'provider' | 'standard'): boolean {
  return format === 'provider' && webhooks.eventTypes === 'one';
}

/** Which event types a webhook gets: one from a list where the provider's own format takes one, else any of them. */
export function EventChoice(props: EventChoiceProps) {
  return takesOneEvent(props.provider, props.format) ? <OneEvent {...props} /> : <SeveralEvents {...props} />;
}

function OneEvent({ provider, value, onChange, error }: EventChoiceProps) {
  const [chosen] = value.length === 1 ? value : [];
  const options = optionsOf(provider, value);
  return (
    <NativeSelect
      label="Event"
      description={options.find(({ type }) => type === chosen)?.description ?? 'What this webhook is told of.'}
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

/** Above so many there are buttons for all and none of them. */
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
          {value.length} of {options.length} chosen
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

/** The provider's event types; after them what a webhook was once given and the catalogue has no longer, to be removed. */
function optionsOf({ events }: Provider, value: readonly string[]): readonly Option[] {
  const left = value.filter((type) => !events.some((event) => event.type === type));
  return [
    ...events,
    ...left.map((type) => ({
      type,
      label: type,
      description: 'Not in the catalogue any more: nothing is sent for it.',
    })),
  ];
}
