import { Anchor, Button, Group } from '@mantine/core';
import { serverUrl } from '../../api/client.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Problem } from '../../parts/problem.tsx';
import { allowedBy } from '../../parts/scopes.ts';
import { Section } from '../../parts/section.tsx';
import { useSession, useSignOut } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';

const signInMethods = { api_key: 'an API key', portal: 'a portal link' } as const;

export function ThisSession() {
  const { organization, kind, expires_at: until, scopes, server } = useSession();
  const signOut = useSignOut();
  return (
    <Section title="This session">
      <Facts>
        <Fact name="Organization">{organization.name}</Fact>
        <Fact name="Signed in with">{signInMethods[kind]}</Fact>
        {until && (
          <Fact name="Expires">
            <DateTime at={until} />
          </Fact>
        )}
        <Fact name="Permissions">{allowedBy(scopes)}</Fact>
        <Fact name="Server">
          {server.name} {server.version}
        </Fact>
      </Facts>
      <CopyField label="Organization ID" value={organization.id} />
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
      <Problem error={signOut.error} title="Could not sign out" />
    </Section>
  );
}
