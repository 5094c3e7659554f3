import type { Scope } from '@bellhop/shared';
import { Button, Checkbox, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { fieldProblems, problemAt } from '../../api/problems.ts';
import { useChange } from '../../api/queries.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { connectorScopes, givable, scopeWords } from '../../parts/scopes.ts';
import { useSession } from '../../session/session.tsx';

/** A dialog that makes a key and shows it this once. */
export function NewApiKey({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { organization } = useSession();
  const create = useChange('createApiKey', { outdates: ['listApiKeys'] });
  const made = create.data;
  // What was shown is forgotten with the dialog.
  const close = () => {
    create.reset();
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={made ? `The key ${made.name}` : 'Create an API key'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      // A key that is gone by a slip cannot be shown again.
      closeOnClickOutside={!made}
      closeOnEscape={!made}
      centered
    >
      {made ? (
        <Made value={made.key} onDone={close} />
      ) : (
        <Form
          pending={create.isPending}
          error={create.error}
          onCreate={(body) => create.mutate({ params: { id: organization.id }, body })}
        />
      )}
    </Modal>
  );
}

function Made({ value, onDone }: { readonly value: string; readonly onDone: () => void }) {
  const words = useRef<HTMLParagraphElement>(null);
  // What had the focus, the form, is gone.
  useEffect(() => words.current?.focus(), []);
  return (
    <Stack>
      <Text size="sm" ref={words} tabIndex={-1}>
        Copy it now, to where it is used: it is shown only this once.
      </Text>
      <CopyField label="API key" value={value} />
      <Group justify="flex-end">
        <Button onClick={onDone}>Done</Button>
      </Group>
    </Stack>
  );
}

interface Wanted {
  readonly name: string;
  readonly scopes: Scope[];
}

function Form({
  pending,
  error,
  onCreate,
}: {
  readonly pending: boolean;
  readonly error: unknown;
  readonly onCreate: (wanted: Wanted) => void;
}) {
  const offered = givable(useSession().scopes);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState(offered.filter((scope) => connectorScopes.some((each) => each === scope)));
  const [checked, setChecked] = useState(false);
  const problems = fieldProblems(error);
  const create = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (name.trim() !== '' && scopes.length > 0) onCreate({ name: name.trim(), scopes: [...scopes] });
  };
  return (
    <form onSubmit={create} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="Where it is used."
          placeholder="Zapier"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={checked && name.trim() === '' ? 'Give it a name.' : problems.name}
        />
        <Checkbox.Group
          label="Scopes"
          description="What it may do. Zapier and n8n need the first two."
          required
          value={[...scopes]}
          onChange={(chosen) => setScopes(offered.filter((scope) => chosen.includes(scope)))}
          error={checked && scopes.length === 0 ? 'Choose at least one.' : problemAt(problems, 'scopes')}
        >
          <Stack gap="xs" my="xs">
            {offered.map((scope) => (
              <Checkbox key={scope} value={scope} label={<Code>{scope}</Code>} description={scopeWords[scope]} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Problem error={error} title="No key was created" shownFields={['name', 'scopes']} />
        <Group justify="flex-end">
          <Button type="submit" loading={pending}>
            Create API key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
