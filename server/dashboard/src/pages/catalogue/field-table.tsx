import type { EventField } from '@bellhop/shared/event-fields';
import { eventFields } from '@bellhop/shared/event-fields';
import { Code, Table, Text, VisuallyHidden } from '@mantine/core';
import { useMemo } from 'react';
import type { EventType } from '../../api/resources.ts';

interface Row {
  readonly field: EventField;
  /** Keys of the enclosing objects. */
  readonly parents: readonly string[];
}

/** The fields of an event's data; the fields of an object follow it. */
export function FieldTable({ schema, label }: { readonly schema: EventType['schema']; readonly label: string }) {
  const rows = useMemo(() => rowsOf(eventFields(schema), []), [schema]);
  if (rows.length === 0) return <Text size="sm">The fields of this event vary. See the sample.</Text>;
  return (
    <Table verticalSpacing="xs" aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Field</Table.Th>
          <Table.Th scope="col">Type</Table.Th>
          <Table.Th scope="col" visibleFrom="sm">
            Presence
          </Table.Th>
          <Table.Th scope="col" visibleFrom="sm">
            Description
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <FieldRow key={[...row.parents, row.field.key].join('.')} {...row} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Narrow screens show the four columns as two. */
function FieldRow({ field, parents }: Row) {
  const presence = field.required ? 'required' : 'optional';
  const description = field.description ?? (
    <Text span inherit c="dimmed">
      {field.label}
    </Text>
  );
  return (
    <Table.Tr>
      <Table.Th scope="row" fw="normal" style={{ paddingLeft: `${0.5 + parents.length * 1.1}rem` }}>
        {parents.length > 0 && <VisuallyHidden>{`${parents.join('.')}.`}</VisuallyHidden>}
        <Code className="breaks">{field.key}</Code>
        <Text size="xs" hiddenFrom="sm" mt={2}>
          {description}
        </Text>
      </Table.Th>
      <Table.Td>
        {typeText(field)}
        <Text size="xs" hiddenFrom="sm" mt={2}>
          {presence}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{presence}</Table.Td>
      <Table.Td visibleFrom="sm">{description}</Table.Td>
    </Table.Tr>
  );
}

function rowsOf(fields: readonly EventField[], parents: readonly string[]): readonly Row[] {
  return fields.flatMap((field) => [
    { field, parents },
    ...rowsOf(field.fields, [...parents, field.list ? `${field.key}[]` : field.key]),
  ]);
}

const words = {
  string: ['string', 'strings'],
  integer: ['integer', 'integers'],
  number: ['number', 'numbers'],
  boolean: ['boolean', 'booleans'],
  date: ['date', 'dates'],
  datetime: ['date and time', 'dates and times'],
  object: ['object', 'objects'],
  any: ['anything', 'anything'],
} as const satisfies Record<EventField['type'], readonly [string, string]>;

function typeText({ type, list, nullable }: EventField): string {
  const [one, many] = words[type];
  const text = list ? `list of ${many}` : one;
  return nullable ? `${text} or null` : text;
}
