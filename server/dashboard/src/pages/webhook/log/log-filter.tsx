import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import type { Attempt, Provider } from '../../../api/resources.ts';
import { eventLabel } from '../../../parts/names.ts';

/** An empty string matches everything. */
export interface LogFilter {
  readonly outcome: string;
  readonly kind: string;
  readonly event: string;
  readonly text: string;
}

export const everything: LogFilter = { outcome: '', kind: '', event: '', text: '' };

export function isNarrowed(filter: LogFilter): boolean {
  return Object.values(filter).some((part) => part !== '');
}

export function passes(filter: LogFilter, attempt: Attempt): boolean {
  const { outcome, kind, event, text } = filter;
  return (
    (outcome === '' || attempt.outcome === outcome) &&
    (kind === '' || attempt.test === (kind === 'test')) &&
    (event === '' || attempt.event === event) &&
    (text === '' || (attempt.response?.body.toLowerCase().includes(text.toLowerCase()) ?? false))
  );
}

const outcomes = [
  { value: '', label: 'All results' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'failed', label: 'Failed' },
  { value: 'throttled', label: 'Throttled' },
  { value: 'skipped', label: 'Not sent' },
];

const kinds = [
  { value: '', label: 'Live and test' },
  { value: 'live', label: 'Live' },
  { value: 'test', label: 'Test' },
];

export function LogFilterFields({
  filter,
  onChange,
  events,
  provider,
}: {
  readonly filter: LogFilter;
  readonly onChange: (filter: LogFilter) => void;
  /** Event types to choose from. */
  readonly events: readonly string[];
  readonly provider: Provider | undefined;
}) {
  const types = events.map((type) => ({ value: type, label: eventLabel(provider, type) }));
  const field = (name: keyof LogFilter) => ({
    value: filter[name],
    onChange: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) =>
      onChange({ ...filter, [name]: currentTarget.value }),
  });
  return (
    <Group gap="xs" align="flex-end" role="search" aria-label="Log">
      <NativeSelect label="Result" size="xs" data={outcomes} {...field('outcome')} />
      <NativeSelect label="Kind" size="xs" data={kinds} {...field('kind')} />
      {types.length > 1 && (
        <NativeSelect
          label="Event"
          size="xs"
          data={[{ value: '', label: 'All events' }, ...types]}
          {...field('event')}
        />
      )}
      <TextInput label="Response body contains" size="xs" type="search" {...field('text')} />
      {isNarrowed(filter) && (
        <Button size="xs" variant="subtle" onClick={() => onChange(everything)}>
          Clear
        </Button>
      )}
    </Group>
  );
}
