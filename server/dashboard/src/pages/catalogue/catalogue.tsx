import { Anchor, Code, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useProviders } from '../../api/queries.ts';
import type { EventType, Provider } from '../../api/resources.ts';
import { Empty } from '../../parts/empty.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { titleOf } from './operational.ts';

/** All event types, by provider. */
export default function Catalogue() {
  const providers = useProviders();
  return (
    <Page
      title="Catalogue"
      lead="Every event that can trigger a webhook, a Zap or a workflow. Open one to see its fields, the exact request, and code that verifies it."
    >
      <QueryView query={providers} rows={6}>
        {(all) => <Searchable providers={all} />}
      </QueryView>
    </Page>
  );
}

function Searchable({ providers }: { readonly providers: readonly Provider[] }) {
  const [search, setSearch] = useState('');
  const found = providers
    .map((provider) => ({ provider, events: provider.events.filter((event) => matches(search, provider, event)) }))
    .filter(({ events }) => events.length > 0);
  const count = found.reduce((sum, { events }) => sum + events.length, 0);
  return (
    <Stack gap="lg">
      <div>
        <TextInput
          type="search"
          label="Search event types"
          placeholder="Name, type or description"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          maw={420}
        />
        <Text role="status" size="sm" c="dimmed" mt={4}>
          {count === 1 ? '1 event type' : `${count} event types`}
        </Text>
      </div>
      {found.map(({ provider, events }) => (
        <Section key={provider.id} title={titleOf(provider)} lead={provider.description}>
          <EventTypes provider={provider} events={events} />
          <Text size="sm" c="dimmed">
            {signingOf(provider)}
          </Text>
        </Section>
      ))}
      {count === 0 && (
        <Empty icon="book" title="No matching event types">
          Try a shorter word, or clear the search to see all event types.
        </Empty>
      )}
    </Stack>
  );
}

function EventTypes({ provider, events }: { readonly provider: Provider; readonly events: readonly EventType[] }) {
  return (
    <SimpleGrid
      component="ul"
      className="plain"
      cols={{ base: 1, md: 2 }}
      spacing="xl"
      verticalSpacing="sm"
      aria-label={`Event types of ${provider.name}`}
    >
      {events.map(({ type, label, description }) => (
        <li key={type}>
          <Group gap="xs">
            <Anchor component={Link} href={`/catalogue/${provider.id}/${encodeURIComponent(type)}`} fw={600}>
              {label}
            </Anchor>
            <Code className="breaks">{type}</Code>
          </Group>
          <Text size="sm">{description}</Text>
        </li>
      ))}
    </SimpleGrid>
  );
}

/** True if every word of the search occurs. */
function matches(search: string, provider: Provider, { type, label, description }: EventType): boolean {
  const text = [provider.name, type, label, description].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function signingOf({ signature, webhooks: { secret, eventTypes } }: Provider): string {
  const signing = !signature
    ? 'Requests are signed in the standard format only.'
    : secret === 'optional'
      ? 'Requests are signed if you set a signing secret.'
      : 'Requests are signed.';
  return eventTypes === 'one' ? `One event type per webhook. ${signing}` : signing;
}
