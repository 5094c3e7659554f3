import type { Scope } from '@bellhop/shared';
import { Button, Checkbox, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { fieldProblems, problemAt } from '../../api/problems.ts';
import { useChange } from '../../api/queries.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { connectorScopes, grantable, scopeDescriptions } from '../../parts/scopes.ts';
import { useSession } from '../../session/session.tsx';

/** A dialog that creates a key and shows it once. */
export function NewApiKey({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { organization } = useSession();
  const create = useChange('createApiKey', { invalidates: ['listApiKeys'] });
  const created = create.data;
  // Closing the dialog forgets the key.
  const close = () => {
    create.reset();
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={created ? `The key ${created.name}` : 'Create an API key'}
      closeButtonProps={{ 'aria-label': 'Close' }}
      // The key cannot be shown again, so a stray click must not close the dialog.
      closeOnClickOutside={!created}
      closeOnEscape={!created}
      centered
    >
      {created ? (
        <Created value={created.key} onDone={close} />
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

function Created({ value, onDone }: { readonly value: string; readonly onDone: () => void }) {
  const text = useRef<HTMLParagraphElement>(null);
  // The form, which had the focus, is gone.
  useEffect(() => text.current?.focus(), []);
  return (
    <Stack>
      <Text size="sm" ref={text} tabIndex={-1}>
        Copy the key now: it is shown only once.
      </Text>
      <CopyField label="API key" value={value} />
      <Group justify="flex-end">
        <Button onClick={onDone}>Done</Button>
      </Group>
    </Stack>
  );
}

interface NewKey {
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
  readonly onCreate: (key: NewKey) => void;
}) {
  const offered = grantable(useSession().scopes);
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
          description="Where the key is used."
          placeholder="Zapier"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={checked && name.trim() === '' ? 'Enter a name.' : problems.name}
        />
        <Checkbox.Group
          label="Scopes"
          description="What the key can do. Zapier and n8n need the first two."
          required
          value={[...scopes]}
          onChange={(chosen) => setScopes(offered.filter((scope) => chosen.includes(scope)))}
          error={checked && scopes.length === 0 ? 'Choose at least one scope.' : problemAt(problems, 'scopes')}
        >
          <Stack gap="xs" my="xs">
            {offered.map((scope) => (
              <Checkbox key={scope} value={scope} label={<Code>{scope}</Code>} description={scopeDescriptions[scope]} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Problem error={error} title="Could not create the key" shownFields={['name', 'scopes']} />
        <Group justify="flex-end">
          <Button type="submit" loading={pending}>
            Create API key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
