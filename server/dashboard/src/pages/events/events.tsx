import { Anchor, Button, Group, NativeSelect, ScrollArea, Table, Text } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { useList, useProviders } from '../../api/queries.ts';
import type { EventSummary, Provider } from '../../api/resources.ts';
import { TestBadge } from '../../parts/badges.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { Empty } from '../../parts/empty.tsx';
import { More } from '../../parts/more.tsx';
import { eventLabel } from '../../parts/names.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Icon } from '../../shell/icons.tsx';

/** Recent events; each links to its trace. */
export default function Events() {
  const [search, setSearch] = useSearchParams();
  const providers = useProviders();
  const provider = search.get('provider') ?? '';
  const type = search.get('type') ?? '';
  const query = { ...(provider ? { provider } : {}), ...(type ? { type } : {}) };
  const list = useList('listEvents', { query });
  const types = providers.data?.find(({ id }) => id === provider)?.events ?? [];
  return (
    <Page
      title="Events"
      lead="Recent events, including tests. Open one to see which webhooks received it, which did not, and why."
      actions={
        <Button
          variant="default"
          leftSection={<Icon name="repeat" size={16} />}
          loading={list.isRefetching}
          onClick={() => void list.refetch()}
        >
          Refresh
        </Button>
      }
    >
      <Group align="flex-end">
        <NativeSelect
          label="Provider"
          value={provider}
          onChange={(event) => setSearch(event.currentTarget.value ? { provider: event.currentTarget.value } : {})}
          data={[
            { value: '', label: 'All' },
            ...(providers.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <NativeSelect
          label="Event type"
          value={type}
          disabled={provider === ''}
          onChange={(event) =>
            setSearch({ provider, ...(event.currentTarget.value ? { type: event.currentTarget.value } : {}) })
          }
          data={[{ value: '', label: 'All' }, ...types.map((each) => ({ value: each.type, label: each.label }))]}
        />
      </Group>
      <QueryView query={{ ...list, data: list.items }} rows={6}>
        {(events) =>
          events.length === 0 ? (
            <NoEvents filtered={provider !== ''} />
          ) : (
            <>
              <EventTable events={events} providers={providers.data ?? []} />
              <More list={list} />
            </>
          )
        }
      </QueryView>
    </Page>
  );
}

function NoEvents({ filtered }: { readonly filtered: boolean }) {
  if (filtered) return <Empty icon="list" title="No matching events" />;
  return (
    <Empty
      icon="list"
      title="No events yet"
      action={
        <Button component={Link} href="/webhooks">
          Go to webhooks
        </Button>
      }
    >
      Events appear here as they are published. To try a webhook now, send it a test.
    </Empty>
  );
}

function EventTable({
  events,
  providers,
}: {
  readonly events: readonly EventSummary[];
  readonly providers: readonly Provider[];
}) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': 'Events' }}>
      <Table highlightOnHover miw={520} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Event</Table.Th>
            <Table.Th scope="col">Provider</Table.Th>
            <Table.Th scope="col">Published</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <Row key={event.id} event={event} provider={providers.find(({ id }) => id === event.provider)} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Row({ event, provider }: { readonly event: EventSummary; readonly provider: Provider | undefined }) {
  const label = eventLabel(provider, event.type);
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <Anchor component={Link} href={`/events/${event.id}`} fw={600}>
            {label}
          </Anchor>
          {event.test && <TestBadge />}
        </Group>
        <Text size="xs" c="dimmed" ff="monospace" className="breaks">
          {event.type}
        </Text>
      </Table.Td>
      <Table.Td>{provider?.name ?? event.provider}</Table.Td>
      <Table.Td>
        <DateTime at={event.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}
