import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { fieldProblems } from '../../api/problems.ts';
import { useChange } from '../../api/queries.ts';
import type { Provider, Webhook } from '../../api/resources.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { counted } from '../../parts/counted.ts';
import { Problem } from '../../parts/problem.tsx';
import { useMay } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { signedWords } from './signed-words.ts';

interface RotateProps {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
}

/** Replaces the signing secret, or sets the first where there is none. */
export function RotateSecret(props: RotateProps) {
  const may = useMay('webhooks:write');
  const [opened, setOpened] = useState(false);
  const { has_signing_secret: has, status } = props.webhook;
  // Kept while the dialog is open: when it is done, the webhook has one.
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
        disabled={!may || status === 'gone'}
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
          {signedWords(rotate.data)}
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
            label="The old secret stays in use"
            description={overlapWords(hours, several)}
            value={String(hours)}
            onChange={({ currentTarget }) => setHours(Number(currentTarget.value))}
            data={overlaps.map((each) => ({ value: String(each), label: overlapLabel(each) }))}
            error={problems.overlap_hours}
            data-autofocus
          />
        )}
        <TextInput
          label="Your own secret (optional)"
          description={ownWords(webhook)}
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

function ownWords({ format }: Webhook): string {
  const rule =
    format === 'standard' ? 'whsec_ and the base64 of 24 to 64 random bytes' : '16 to 256 printable characters';
  return `Leave it empty to have one made. Else: ${rule}.`;
}

function overlapLabel(hours: number): string {
  if (hours === 0) return 'Not at all: it is replaced at once';
  return hours < 48 ? `For ${counted(hours, 'hour')}` : `For ${counted(hours / 24, 'day')}`;
}

/** What happens, by how many signatures a request of the format can carry. */
function overlapWords(hours: number, several: boolean): string {
  if (hours === 0) {
    return 'From now on the new secret alone signs. Choose this when the old one has leaked; until your receiver knows the new one, it refuses requests.';
  }
  return several
    ? 'Until then every request carries a signature by each of them. Put the new one in the place of the old one before it ends.'
    : 'Until then the old one signs, then the new one takes over. Let your receiver accept both before it ends.';
}
