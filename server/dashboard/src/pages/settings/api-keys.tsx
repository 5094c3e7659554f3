import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useChange, useList } from '../../api/queries.ts';
import type { ApiKey } from '../../api/resources.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Ago, DateTime } from '../../parts/date-time.tsx';
import { More } from '../../parts/more.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { allowedBy } from '../../parts/scopes.ts';
import { Section } from '../../parts/section.tsx';
import { toast } from '../../parts/toasts.tsx';
import { useAllowed, useSession } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { NewApiKey } from './new-api-key.tsx';

/** The organization's API keys, used by programs and to sign in here. */
export function ApiKeys() {
  const allowed = useAllowed('api_keys:write');
  const { organization } = useSession();
  const [creating, setCreating] = useState(false);
  return (
    <Section
      title="API keys"
      lead="Give each program its own key, so that you can revoke one without affecting the others."
      aside={
        <Button
          size="sm"
          disabled={!allowed}
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => setCreating(true)}
        >
          Create API key
        </Button>
      }
    >
      {allowed ? (
        <List />
      ) : (
        <Text size="sm" className="breaks">
          Viewing and creating API keys requires the <Code>api_keys:write</Code> scope. Sign in with a key that has it,
          or ask an administrator of {organization.name}.
        </Text>
      )}
      <NewApiKey opened={creating} onClose={() => setCreating(false)} />
    </Section>
  );
}

function List() {
  const { organization, scopes } = useSession();
  const list = useList('listApiKeys', { params: { id: organization.id } });
  return (
    <QueryView query={{ ...list, data: list.items }} rows={2}>
      {(keys) => (
        <>
          {keys.length === 0 ? (
            <Text size="sm">No API keys yet.</Text>
          ) : (
            <ul className="plain rows" aria-label="API keys">
              {keys.map((key) => (
                <Row key={key.id} apiKey={key} />
              ))}
            </ul>
          )}
          <More list={list} />
          {!scopes.includes('admin') && (
            <Text size="sm" c="dimmed">
              Keys with scopes that you do not have are not shown.
            </Text>
          )}
        </>
      )}
    </QueryView>
  );
}

function Row({ apiKey }: { readonly apiKey: ApiKey }) {
  const { name, preview, scopes, created_at: created, last_used_at: used } = apiKey;
  const createdBy = makerText(apiKey);
  return (
    <li>
      <Group justify="space-between" align="flex-start" gap="sm" wrap="nowrap">
        <Stack gap={4} className="shrinks">
          <Group gap="xs">
            <Text fw={600} className="breaks">
              {name}
            </Text>
            <Code>{preview}</Code>
          </Group>
          <Text size="sm" className="breaks">
            {allowedBy(scopes)}{' '}
            <Text span c="dimmed" size="xs">
              ({scopes.join(', ')})
            </Text>
          </Text>
          <Text size="sm" c="dimmed">
            Created <DateTime at={created} /> ·{' '}
            {used ? (
              <>
                last used <Ago at={used} />
              </>
            ) : (
              'never used'
            )}
            {createdBy && ` · ${createdBy}`}
          </Text>
        </Stack>
        <Revoke apiKey={apiKey} />
      </Group>
    </li>
  );
}

/** Where it was created, if that is more than the operator's key. */
function makerText({ created_by: by, ends_with: parent }: ApiKey): string | undefined {
  if (!by || !parent) return undefined;
  if (by.kind === 'api_key') return 'created with another key';
  return parent.kind === 'portal_link' ? 'created here, through a portal link' : 'created here';
}

function Revoke({ apiKey: { id, name } }: { readonly apiKey: ApiKey }) {
  const { organization } = useSession();
  const [opened, setOpened] = useState(false);
  const revoke = useChange('revokeApiKey', { invalidates: ['listApiKeys'] });
  const confirm = () =>
    revoke.mutate(
      { params: { id: organization.id, key_id: id } },
      {
        onSuccess: () => {
          setOpened(false);
          toast({ kind: 'done', text: `The key ${name} was revoked.` });
        },
      },
    );
  return (
    <>
      <Button
        size="xs"
        variant="default"
        className="label"
        aria-label={`Revoke ${name}`}
        onClick={() => setOpened(true)}
      >
        Revoke
      </Button>
      <Confirm
        opened={opened}
        title="Revoke this key?"
        action="Revoke key"
        danger
        pending={revoke.isPending}
        error={revoke.error}
        onConfirm={confirm}
        onClose={() => setOpened(false)}
      >
        <Text size="sm" className="breaks">
          <strong>{name}</strong> is revoked permanently, with all keys, sessions and portal links that were created
          with it. Zaps and workflows that use any of them stop working immediately.
        </Text>
      </Confirm>
    </>
  );
}
