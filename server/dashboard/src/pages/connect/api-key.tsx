import { Anchor, Button, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useChange } from '../../api/queries.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { connectorScopes } from '../../parts/scopes.ts';
import { useMay, useSession } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';

/** Makes a key for a platform, and shows it this once. */
export function ApiKey({
  name,
  label,
}: {
  /** The platform's: the key is named after it. */
  readonly name: string;
  /** What the platform calls the field that the key goes into. */
  readonly label: string;
}) {
  // A key can have no scope that its maker does not have.
  const needed = [useMay('api_keys:write'), useMay('webhooks:read'), useMay('webhooks:write')];
  const { organization } = useSession();
  const create = useChange('createApiKey', { outdates: ['listApiKeys'] });
  if (needed.includes(false)) return <Ask label={label} />;
  const make = () => create.mutate({ params: { id: organization.id }, body: { name, scopes: [...connectorScopes] } });
  const key = create.data?.key;
  return (
    <Stack gap="xs">
      {/* There before it holds the key: screen readers tell what changes in it. */}
      <div role="status">
        {key && (
          <CopyField label={label} value={key} description={`Copy it into ${name} now: it is shown only this once.`} />
        )}
      </div>
      <Problem error={create.error} title="No key was created" />
      <div>
        <Button
          variant={key ? 'default' : 'light'}
          size={key ? 'xs' : 'sm'}
          leftSection={<Icon name="key" size={16} />}
          loading={create.isPending}
          onClick={make}
        >
          {key ? 'Create another API key' : 'Create an API key'}
        </Button>
      </div>
      <Text size="sm" c="dimmed">
        A key of its own can be revoked without touching anything else, in{' '}
        <Anchor component={Link} href="/settings" size="sm" underline="always">
          Settings
        </Anchor>
        .
      </Text>
    </Stack>
  );
}

function Ask({ label }: { readonly label: string }) {
  const { organization } = useSession();
  return (
    <div>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      <Text size="sm" className="breaks">
        You may not create keys. Ask whoever administers {organization.name} for one with the scopes{' '}
        {connectorScopes.join(' and ')}.
      </Text>
    </div>
  );
}
