import { Anchor, Button, Code, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Responses } from '../../api/client.ts';
import { request } from '../../api/client.ts';
import { useRead } from '../../api/queries.ts';
import type { Provider, Webhook } from '../../api/resources.ts';
import { CopyIcon } from '../../parts/copy-button.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { useAllowed } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { EndOverlap } from './end-overlap.tsx';
import { RotateSecret } from './rotate-secret.tsx';
import { signingText } from './signing-text.ts';

type SecretResponse = Responses['getWebhookSecret'];

/** How the webhook's requests are signed, and the secret, which is read only when it is shown or copied. */
export function SigningSecret({ webhook, provider }: PartProps) {
  const use = webhook.format === 'standard' ? 'always' : (provider?.webhooks.secret ?? 'optional');
  return (
    <Section title="Signing secret">
      {use === 'never' ? (
        <Unsigned webhook={webhook} provider={provider} />
      ) : (
        <Signed webhook={webhook} provider={provider} />
      )}
    </Section>
  );
}

interface PartProps {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
}

function Unsigned({ webhook, provider }: PartProps) {
  return (
    <Text size="sm">
      Requests in {provider?.name ?? 'the provider'}’s own format are not signed.{' '}
      {webhook.status !== 'gone' && (
        <>
          Set authentication or a header that your receiver checks, or switch to the standard format, which is signed:{' '}
          <Anchor component={Link} href={`/webhooks/${webhook.id}/edit`} size="sm" underline="always">
            edit the webhook
          </Anchor>
          .
        </>
      )}
    </Text>
  );
}

function Signed({ webhook, provider }: PartProps) {
  const allowed = useAllowed('webhooks:write');
  const [shown, setShown] = useState(false);
  const { has_signing_secret: has } = webhook;
  return (
    <>
      {has ? <Secret webhook={webhook} shown={shown} /> : <Text size="sm">{noSecret}</Text>}
      <Group gap="xs">
        {has && (
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="eye" size={14} />}
            aria-expanded={shown}
            disabled={!allowed}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide' : 'Show'}
          </Button>
        )}
        <RotateSecret webhook={webhook} provider={provider} />
      </Group>
    </>
  );
}

const noSecret =
  'Requests are not signed, because there is no secret. Set one so that your receiver can verify where requests come from.';

function Secret({ webhook, shown }: { readonly webhook: Webhook; readonly shown: boolean }) {
  const allowed = useAllowed('webhooks:write');
  const given = { params: { id: webhook.id } };
  const secret = useRead('getWebhookSecret', given, { enabled: shown });
  const unseen = async () => (await request('getWebhookSecret', given)).signing_secret ?? '';
  return (
    <>
      <Text size="sm" c="dimmed">
        Treat it like a password: anyone who has it can forge requests.
      </Text>
      {shown ? (
        <QueryView query={secret} rows={1}>
          {(data) => <Secrets webhook={webhook} secret={data} />}
        </QueryView>
      ) : (
        <Group gap={4} wrap="nowrap">
          <Code aria-hidden="true">{'•'.repeat(24)}</Code>
          <VisuallyHidden>Hidden</VisuallyHidden>
          {allowed && <CopyIcon text={unseen} label="signing secret" />}
        </Group>
      )}
    </>
  );
}

function Secrets({ webhook, secret }: { readonly webhook: Webhook; readonly secret: SecretResponse }) {
  const { signing_secret: newest, previous, signed_with } = secret;
  return (
    <Stack gap="xs">
      {newest !== null && (
        <OneSecret secret={newest} label={previous.length > 0 ? 'new signing secret' : 'signing secret'} />
      )}
      {previous.length > 0 && (
        <>
          <Text size="sm">{signingText(secret)}</Text>
          {previous.map(({ signing_secret, valid_until }) => (
            <div key={signing_secret}>
              <OneSecret secret={signing_secret} label="replaced signing secret" />
              <Text size="sm" c="dimmed">
                In use until <DateTime at={valid_until} />
              </Text>
            </div>
          ))}
          {newest !== null && signed_with !== null && <EndOverlap webhook={webhook} secret={newest} />}
        </>
      )}
    </Stack>
  );
}

function OneSecret({ secret, label }: { readonly secret: string; readonly label: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <Code className="breaks">{secret}</Code>
      <CopyIcon text={secret} label={label} />
    </Group>
  );
}
