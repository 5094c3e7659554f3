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
import { useMay, useSession } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { NewApiKey } from './new-api-key.tsx';

/** The organization's API keys: what programs call the API with, and what lets people in here. */
export function ApiKeys() {
  const may = useMay('api_keys:write');
  const { organization } = useSession();
  const [creating, setCreating] = useState(false);
  return (
    <Section
      title="API keys"
      lead="Give each program a key of its own, so that you can revoke one without touching the others."
      aside={
        <Button
          size="sm"
          disabled={!may}
          leftSection={<Icon name="plus" size={16} />}
          onClick={() => setCreating(true)}
        >
          Create API key
        </Button>
      }
    >
      {may ? (
        <List />
      ) : (
        <Text size="sm" className="breaks">
          You may not see or create API keys. Sign in with a key that has the scope <Code>api_keys:write</Code>, or ask
          whoever administers {organization.name}.
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
            <Text size="sm">There is none yet.</Text>
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
              Keys that may do more than you are not shown.
            </Text>
          )}
        </>
      )}
    </QueryView>
  );
}

function Row({ apiKey }: { readonly apiKey: ApiKey }) {
  const { name, preview, scopes, created_at: created, last_used_at: used } = apiKey;
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
            May {allowedBy(scopes).join('; ')}{' '}
            <Text span c="dimmed" size="xs">
              ({scopes.join(', ')})
            </Text>
          </Text>
          <Text size="sm" c="dimmed">
            Created <DateTime at={created} /> · last used {used ? <Ago at={used} /> : 'never'}
          </Text>
        </Stack>
        <Revoke apiKey={apiKey} />
      </Group>
    </li>
  );
}

function Revoke({ apiKey: { id, name } }: { readonly apiKey: ApiKey }) {
  const { organization, kind } = useSession();
  const [asked, setAsked] = useState(false);
  const revoke = useChange('revokeApiKey', { outdates: ['listApiKeys'] });
  const confirm = () =>
    revoke.mutate(
      { params: { id: organization.id, key_id: id } },
      {
        onSuccess: () => {
          setAsked(false);
          toast({ kind: 'done', text: `The key ${name} is revoked.` });
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
        onClick={() => setAsked(true)}
      >
        Revoke
      </Button>
      <Confirm
        opened={asked}
        title="Revoke this key?"
        action="Revoke key"
        danger
        pending={revoke.isPending}
        error={revoke.error}
        onConfirm={confirm}
        onClose={() => setAsked(false)}
      >
        <Text size="sm" className="breaks">
          <strong>{name}</strong> is revoked for good. Zaps and workflows that use it stop working at once
          {kind === 'api_key' && ', and whoever signed in with it is signed out'}.
        </Text>
      </Confirm>
    </>
  );
}
