import { ActionIcon, Button, Fieldset, Group, Input, Stack, Text, TextInput } from '@mantine/core';
import { useId } from 'react';
import { Icon } from '../../../shell/icons.tsx';
import { KeepButton } from './authentication-fields.tsx';
import { headerField } from './bodies.ts';
import type { HeaderRow } from './draft.ts';
import { draftOf } from './draft.ts';
import type { FieldsProps } from './fields.ts';

/** The customer's own headers. Saved values are not shown, but can be replaced. */
export function HeaderFields(props: FieldsProps) {
  const { draft, change, problems, webhook } = props;
  const errorId = useId();
  const { rows, kept } = draft.headers;
  const error = problems.headers;
  const saved = webhook && Object.keys(webhook.headers).length > 0 ? draftOf(webhook).headers : undefined;
  return (
    <Fieldset
      legend="Additional headers (optional)"
      aria-describedby={error ? errorId : undefined}
      data-invalid={error ? true : undefined}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Sent with every request, such as a key that your endpoint requires.
        </Text>
        {error && <Input.Error id={errorId}>{error}</Input.Error>}
        {kept ? (
          <SavedHeaders rows={rows} onReplace={() => change({ headers: { rows, kept: false } })} />
        ) : (
          <>
            <Rows {...props} />
            {saved && <KeepButton what="headers" onKeep={() => change({ headers: saved })} />}
          </>
        )}
      </Stack>
    </Fieldset>
  );
}

function SavedHeaders({ rows, onReplace }: { readonly rows: readonly HeaderRow[]; readonly onReplace: () => void }) {
  return (
    <>
      {rows.map(({ id, name }) => (
        <Text key={id} size="sm" className="breaks">
          {name}: ********
        </Text>
      ))}
      <Group>
        <Button size="xs" variant="default" onClick={onReplace} aria-label="Replace headers">
          Replace
        </Button>
        <Text size="sm" c="dimmed">
          Saved values are not shown. To change or add a header, enter all of them again.
        </Text>
      </Group>
    </>
  );
}

function Rows({ draft, change, problems }: FieldsProps) {
  const { rows } = draft.headers;
  const set = (changed: readonly HeaderRow[]) => change({ headers: { rows: changed, kept: false } });
  const add = () => {
    const id = Math.max(-1, ...rows.map((row) => row.id)) + 1;
    set([...rows, { id, name: '', value: '' }]);
  };
  return (
    <>
      {rows.map((row, index) => (
        <Row
          key={row.id}
          row={row}
          number={index + 1}
          error={problems[headerField(row.name)]}
          onChange={(changed) => set(rows.map((each) => (each.id === row.id ? changed : each)))}
          onRemove={() => set(rows.filter(({ id }) => id !== row.id))}
        />
      ))}
      <div>
        <Button size="xs" variant="default" leftSection={<Icon name="plus" size={14} />} onClick={add}>
          Add header
        </Button>
      </div>
    </>
  );
}

function Row({
  row,
  number,
  error,
  onChange,
  onRemove,
}: {
  readonly row: HeaderRow;
  readonly number: number;
  readonly error: string | undefined;
  readonly onChange: (row: HeaderRow) => void;
  readonly onRemove: () => void;
}) {
  const errorId = useId();
  return (
    <div>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <div className="pair">
          <TextInput
            label={`Header ${number}: name`}
            placeholder="X-Api-Token"
            value={row.name}
            onChange={(event) => onChange({ ...row, name: event.currentTarget.value })}
            error={error !== undefined}
            aria-describedby={error ? errorId : undefined}
            autoComplete="off"
            spellCheck={false}
          />
          <TextInput
            label={`Header ${number}: value`}
            value={row.value}
            onChange={(event) => onChange({ ...row, value: event.currentTarget.value })}
            autoComplete="off"
            spellCheck={false}
          />
        </div>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Remove header ${row.name || number}`}
          onClick={onRemove}
        >
          <Icon name="trash" />
        </ActionIcon>
      </Group>
      {error && (
        <Input.Error id={errorId} mt={4}>
          {error}
        </Input.Error>
      )}
    </div>
  );
}
