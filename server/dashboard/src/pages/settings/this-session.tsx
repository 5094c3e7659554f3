import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { request, serverUrl } from '../../api/client.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { useEnter, useSession } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { allowedBy } from './scopes.ts';

const ways = { api_key: 'an API key', portal: 'a portal link' } as const;

/** Who is signed in, and to what. */
export function ThisSession() {
  const { organization, kind, expires_at: until, scopes, server } = useSession();
  const enter = useEnter();
  const signOut = useMutation({ mutationFn: () => request('deleteSession', {}), onSuccess: () => enter(null) });
  return (
    <Section title="This session">
      <Stack gap="xs" component="dl" m={0}>
        <Fact name="Organization">{organization.name}</Fact>
        <Fact name="Signed in with">{ways[kind]}</Fact>
        {until && (
          <Fact name="Until">
            <DateTime at={until} />
          </Fact>
        )}
        <Fact name="You may">{allowedBy(scopes).join('; ')}</Fact>
        <Fact name="Server">
          {server.name} {server.version}
        </Fact>
      </Stack>
      <CopyField label="Organization id" value={organization.id} />
      <Group>
        <Button
          variant="default"
          leftSection={<Icon name="leave" size={16} />}
          loading={signOut.isPending}
          onClick={() => signOut.mutate()}
        >
          Sign out
        </Button>
        <Anchor href={`${serverUrl}/docs`} size="sm">
          API reference
        </Anchor>
        <Anchor href={`${serverUrl}/openapi.json`} size="sm">
          OpenAPI document
        </Anchor>
      </Group>
      <Problem error={signOut.error} title="You are still signed in" />
    </Section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div style={{ display: 'grid', gridTemplateColumns: '7rem minmax(0, 1fr)', gap: '0.75rem' }}>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0} className="breaks">
        {children}
      </Text>
    </div>
  );
}
