import { Anchor, Button, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useChange } from '../../api/queries.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Problem } from '../../parts/problem.tsx';
import { connectorScopes } from '../../parts/scopes.ts';
import { useAllowed, useSession } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';

/** Creates a key for a platform and shows it once. */
export function ApiKey({
  name,
  label,
}: {
  /** Name of the platform and of the key. */
  readonly name: string;
  /** The platform's label for the key. */
  readonly label: string;
}) {
  // A key cannot have scopes that its creator lacks.
  const needed = [useAllowed('api_keys:write'), useAllowed('webhooks:read'), useAllowed('webhooks:write')];
  const { organization } = useSession();
  const create = useChange('createApiKey', { invalidates: ['listApiKeys'] });
  if (needed.includes(false)) return <NoPermission label={label} />;
  const submit = () => create.mutate({ params: { id: organization.id }, body: { name, scopes: [...connectorScopes] } });
  const key = create.data?.key;
  return (
    <Stack gap="xs">
      {/* Rendered while empty: screen readers announce changes to an existing live region. */}
      <div role="status">
        {key && (
          <CopyField label={label} value={key} description={`Copy it into ${name} now: it is shown only once.`} />
        )}
      </div>
      <Problem error={create.error} title="Could not create the key" />
      <div>
        <Button
          variant={key ? 'default' : 'light'}
          size={key ? 'xs' : 'sm'}
          leftSection={<Icon name="key" size={16} />}
          loading={create.isPending}
          onClick={submit}
        >
          {key ? 'Create another API key' : 'Create an API key'}
        </Button>
      </div>
      <Text size="sm" c="dimmed">
        You can revoke this key without affecting anything else, in{' '}
        <Anchor component={Link} href="/settings" size="sm" underline="always">
          Settings
        </Anchor>
        .
      </Text>
    </Stack>
  );
}

function NoPermission({ label }: { readonly label: string }) {
  const { organization } = useSession();
  return (
    <div>
      <Text size="sm" fw={600}>
        {label}
      </Text>
      <Text size="sm" className="breaks">
        You cannot create API keys. Ask an administrator of {organization.name} for one with the scopes{' '}
        {connectorScopes.join(' and ')}.
      </Text>
    </div>
  );
}
