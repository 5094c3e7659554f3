import { Group, Stack, Table, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { memo, useId } from 'react';
import type { Attempt } from '../../../api/resources.ts';
import { AttemptDetail } from '../../../parts/attempt-detail.tsx';
import { Outcome, TestBadge } from '../../../parts/badges.tsx';
import { Ago, DateTime, duration } from '../../../parts/date-time.tsx';
import { statusText } from '../../../parts/http-status.ts';
import { Icon } from '../../../shell/icons.tsx';

export interface AttemptRow {
  readonly attempt: Attempt;
  /** Label of the event type. */
  readonly label: string | undefined;
  /** True for an attempt that has just arrived. */
  readonly fresh: boolean;
  readonly opened: boolean;
}

interface Common {
  readonly url: string;
  /** Changes when relative times must be rendered again. */
  readonly minute: number;
  readonly onToggle: (attemptId: string) => void;
}

type RowProps = AttemptRow & Common;

interface RowsProps extends Common {
  readonly rows: readonly AttemptRow[];
}

/** The log on wide screens. */
export function AttemptTable({ rows, ...common }: RowsProps) {
  return (
    <Table aria-label="Attempts, newest first" verticalSpacing="xs" className="log">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Time</Table.Th>
          <Table.Th scope="col">Event</Table.Th>
          <Table.Th scope="col">Result</Table.Th>
          <Table.Th scope="col">Status</Table.Th>
          <Table.Th scope="col" ta="right">
            Duration
          </Table.Th>
          <Table.Th scope="col" ta="right">
            Attempt
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <TableRow key={row.attempt.id} {...row} {...common} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

const TableRow = memo(function TableRow({ attempt, label, fresh, opened, url, onToggle }: RowProps) {
  const id = useId();
  return (
    <>
      <Table.Tr className={fresh ? 'log-row fresh' : 'log-row'}>
        <Table.Td>
          <Opener attempt={attempt} opened={opened} controls={id} onToggle={onToggle} />
        </Table.Td>
        <Table.Td>
          <EventOf attempt={attempt} label={label} />
        </Table.Td>
        <Table.Td>
          <Outcome outcome={attempt.outcome} />
        </Table.Td>
        <Table.Td>{statusOf(attempt)}</Table.Td>
        <Table.Td ta="right">{duration(attempt.duration_ms)}</Table.Td>
        <Table.Td ta="right">{attempt.number}</Table.Td>
      </Table.Tr>
      {opened && (
        <Table.Tr id={id}>
          <Table.Td colSpan={6}>
            <AttemptDetail attempt={attempt} url={url} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
});

/** The log on narrow screens. */
export function AttemptCards({ rows, ...common }: RowsProps) {
  return (
    <Stack component="ul" gap={0} className="plain log" aria-label="Attempts, newest first">
      {rows.map((row) => (
        <Card key={row.attempt.id} {...row} {...common} />
      ))}
    </Stack>
  );
}

const Card = memo(function Card({ attempt, label, fresh, opened, url, onToggle }: RowProps) {
  const id = useId();
  return (
    <li className="log-card">
      <div className={fresh ? 'log-row fresh' : 'log-row'}>
        <Group gap="xs" justify="space-between">
          <Opener attempt={attempt} opened={opened} controls={id} onToggle={onToggle} />
          <Outcome outcome={attempt.outcome} />
        </Group>
        <EventOf attempt={attempt} label={label} />
        <Text size="sm" c="dimmed">
          {statusOf(attempt)} · {duration(attempt.duration_ms)} · attempt {attempt.number}
        </Text>
      </div>
      {opened && (
        <div id={id}>
          <AttemptDetail attempt={attempt} url={url} />
        </div>
      )}
    </li>
  );
});

/** The button of a row; its click area covers the row. */
function Opener({
  attempt,
  opened,
  controls,
  onToggle,
}: {
  readonly attempt: Attempt;
  readonly opened: boolean;
  readonly controls: string;
  readonly onToggle: Common['onToggle'];
}) {
  return (
    <UnstyledButton
      className="opens-row"
      aria-expanded={opened}
      aria-controls={opened ? controls : undefined}
      onClick={() => onToggle(attempt.id)}
    >
      <Group gap="xs" wrap="nowrap" align="flex-start" component="span">
        <Icon name={opened ? 'down' : 'forward'} size={14} />
        <span>
          <VisuallyHidden component="span">Details of the attempt of </VisuallyHidden>
          <Text span size="sm" display="block">
            <DateTime at={attempt.started_at} />
          </Text>
          <Text span size="xs" c="dimmed" display="block">
            <Ago at={attempt.started_at} />
          </Text>
        </span>
      </Group>
    </UnstyledButton>
  );
}

function EventOf({ attempt, label }: Pick<AttemptRow, 'attempt' | 'label'>) {
  return (
    <Group gap="xs" className="shrinks">
      <Text span size="sm" className="breaks">
        {label ?? attempt.event}
        {label !== undefined && label !== attempt.event && (
          <Text span size="xs" c="dimmed" ff="monospace" display="block" className="breaks">
            {attempt.event}
          </Text>
        )}
      </Text>
      {attempt.test && <TestBadge />}
    </Group>
  );
}

function statusOf({ status_code }: Attempt): string {
  return status_code === null ? 'No response' : statusText(status_code);
}
