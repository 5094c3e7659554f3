import { Group, Paper, Stack, Table } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { Provider, Statistics, Webhook } from '../../../api/resources.ts';
import { LastDay } from './last-day.tsx';
import { RowActions, useTest } from './row-actions.tsx';
import { EventTypes, Named, State } from './row-parts.tsx';
import { TestLine } from './test-line.tsx';

interface ListProps {
  readonly webhooks: readonly Webhook[];
  readonly providers: readonly Provider[];
  readonly statistics: ReadonlyMap<string, Statistics>;
}

/** A table on wide screens, else cards. */
export function WebhookList(props: ListProps) {
  const wide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
  return wide ? <WebhookTable {...props} /> : <WebhookCards {...props} />;
}

function WebhookTable({ webhooks, providers, statistics }: ListProps) {
  return (
    <Table aria-label="Webhooks" verticalSpacing="sm" className="webhooks">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Webhook</Table.Th>
          <Table.Th scope="col">Events</Table.Th>
          <Table.Th scope="col">State</Table.Th>
          <Table.Th scope="col">Last 24 hours</Table.Th>
          <Table.Th scope="col">Actions</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {webhooks.map((webhook) => (
          <Row key={webhook.id} webhook={webhook} providers={providers} statistics={statistics.get(webhook.id)} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface RowProps {
  readonly webhook: Webhook;
  readonly providers: readonly Provider[];
  readonly statistics: Statistics | undefined;
}

function Row({ webhook, providers, statistics }: RowProps) {
  const test = useTest();
  return (
    <Table.Tr>
      <Table.Th scope="row">
        <Named webhook={webhook} providers={providers} />
        <TestLine id={webhook.id} test={test} />
      </Table.Th>
      <Table.Td>
        <EventTypes webhook={webhook} providers={providers} />
      </Table.Td>
      <Table.Td>
        <State webhook={webhook} />
      </Table.Td>
      <Table.Td>
        <LastDay statistics={statistics} />
      </Table.Td>
      <Table.Td>
        <RowActions webhook={webhook} test={test} />
      </Table.Td>
    </Table.Tr>
  );
}

function WebhookCards({ webhooks, providers, statistics }: ListProps) {
  return (
    <Stack component="ul" gap="sm" className="plain" aria-label="Webhooks">
      {webhooks.map((webhook) => (
        <Card key={webhook.id} webhook={webhook} providers={providers} statistics={statistics.get(webhook.id)} />
      ))}
    </Stack>
  );
}

function Card({ webhook, providers, statistics }: RowProps) {
  const test = useTest();
  return (
    <Paper component="li" withBorder p="md">
      <Stack gap="sm">
        <Named webhook={webhook} providers={providers} />
        <State webhook={webhook} />
        <Group gap="md" justify="space-between">
          <EventTypes webhook={webhook} providers={providers} />
          <LastDay statistics={statistics} />
        </Group>
        <div>
          <RowActions webhook={webhook} test={test} />
          <TestLine id={webhook.id} test={test} />
        </div>
      </Stack>
    </Paper>
  );
}
