import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { fieldProblems } from '../../api/problems.ts';
import { useChange } from '../../api/queries.ts';
import type { Provider, Webhook } from '../../api/resources.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { counted } from '../../parts/counted.ts';
import { Problem } from '../../parts/problem.tsx';
import { useAllowed } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { signingText } from './signing-text.ts';

interface RotateProps {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
}

/** Rotates the signing secret, or sets the first one. */
export function RotateSecret(props: RotateProps) {
  const allowed = useAllowed('webhooks:write');
  const [opened, setOpened] = useState(false);
  const { has_signing_secret: has, status } = props.webhook;
  // Fixed while the dialog is open: setting a secret changes has_signing_secret.
  const [title, setTitle] = useState('');
  const open = () => {
    setTitle(has ? 'Rotate the signing secret' : 'Set a signing secret');
    setOpened(true);
  };
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="key" size={14} />}
        disabled={!allowed || status === 'gone'}
        onClick={open}
      >
        {has ? 'Rotate' : 'Set a secret'}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={title}
        closeButtonProps={{ 'aria-label': 'Close' }}
        centered
      >
        {opened && <Dialog {...props} onClose={() => setOpened(false)} />}
      </Modal>
    </>
  );
}

const overlaps = [0, 1, 24, 72, 168] as const;

function Dialog({ webhook, provider, onClose }: RotateProps & { readonly onClose: () => void }) {
  const several = webhook.format === 'standard' || (provider?.signature?.several ?? false);
  const [replaces] = useState(webhook.has_signing_secret);
  const [hours, setHours] = useState<number>(several ? 24 : 0);
  const [own, setOwn] = useState('');
  const rotate = useChange('rotateWebhookSecret');
  const problems = fieldProblems(rotate.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const secret = own.trim() === '' ? {} : { signing_secret: own.trim() };
    rotate.mutate({ params: { id: webhook.id }, body: { ...secret, ...(replaces ? { overlap_hours: hours } : {}) } });
  };
  if (rotate.data) {
    return (
      <Stack>
        <Text size="sm" role="status">
          {signingText(rotate.data)}
        </Text>
        <CopyField label="Signing secret" value={rotate.data.signing_secret} copyLabel="signing secret" />
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            Done
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {replaces && (
          <NativeSelect
            label="Keep the old secret in use"
            description={overlapText(hours, several)}
            value={String(hours)}
            onChange={({ currentTarget }) => setHours(Number(currentTarget.value))}
            data={overlaps.map((each) => ({ value: String(each), label: overlapLabel(each) }))}
            error={problems.overlap_hours}
            data-autofocus
          />
        )}
        <TextInput
          label="Your own secret (optional)"
          description={ownSecretText(webhook)}
          value={own}
          onChange={({ currentTarget }) => setOwn(currentTarget.value)}
          error={problems.signing_secret}
          autoComplete="off"
          spellCheck={false}
        />
        <Problem error={rotate.error} shownFields={['overlap_hours', 'signing_secret']} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={rotate.isPending}>
            {replaces ? 'Rotate secret' : 'Set secret'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function ownSecretText({ format }: Webhook): string {
  const rule =
    format === 'standard' ? 'whsec_ and the base64 of 24 to 64 random bytes' : '8 to 256 printable characters';
  return `Leave empty to generate one. Otherwise: ${rule}.`;
}

function overlapLabel(hours: number): string {
  if (hours === 0) return 'No: replace it immediately';
  return hours < 48 ? `For ${counted(hours, 'hour')}` : `For ${counted(hours / 24, 'day')}`;
}

/** @param several true if a request can carry several signatures. */
function overlapText(hours: number, several: boolean): string {
  if (hours === 0) {
    return 'Only the new secret signs from now on. Choose this if the old one has leaked. Your receiver rejects requests until it uses the new one.';
  }
  return several
    ? 'Until then, every request is signed with both secrets. Switch your receiver to the new one before that time is over.'
    : 'Until then, the old secret signs; afterwards the new one does. Make your receiver accept both before that time is over.';
}
