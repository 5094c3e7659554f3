import { Anchor, Button, Code, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Answers } from '../../api/client.ts';
import { request } from '../../api/client.ts';
import { useRead } from '../../api/queries.ts';
import type { Provider, Webhook } from '../../api/resources.ts';
import { CopyIcon } from '../../parts/copy-button.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { useMay } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { EndOverlap } from './end-overlap.tsx';
import { RotateSecret } from './rotate-secret.tsx';
import { signedWords } from './signed-words.ts';

type SecretAnswer = Answers['getWebhookSecret'];

/** How the webhook's requests are signed, and the secret: hidden, and not even asked for, until somebody wants it. */
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
      Requests are not signed in {provider?.name ?? 'this provider'}’s own format.{' '}
      {webhook.status !== 'gone' && (
        <>
          Set an authentication or a header that your receiver checks, or choose the standard format to have them
          signed:{' '}
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
  const may = useMay('webhooks:write');
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
            disabled={!may}
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
  'There is no secret, so requests are not signed. With one, your receiver can tell that a request comes from here.';

function Secret({ webhook, shown }: { readonly webhook: Webhook; readonly shown: boolean }) {
  const may = useMay('webhooks:write');
  const given = { params: { id: webhook.id } };
  const secret = useRead('getWebhookSecret', given, { enabled: shown });
  const unseen = async () => (await request('getWebhookSecret', given)).signing_secret ?? '';
  return (
    <>
      <Text size="sm" c="dimmed">
        Treat it like a password: whoever has it can sign requests in your name.
      </Text>
      {shown ? (
        <QueryView query={secret} rows={1}>
          {(data) => <Secrets webhook={webhook} secret={data} />}
        </QueryView>
      ) : (
        <Group gap={4} wrap="nowrap">
          <Code aria-hidden="true">{'•'.repeat(24)}</Code>
          <VisuallyHidden>Hidden</VisuallyHidden>
          {may && <CopyIcon text={unseen} label="signing secret" />}
        </Group>
      )}
    </>
  );
}

function Secrets({ webhook, secret }: { readonly webhook: Webhook; readonly secret: SecretAnswer }) {
  const { signing_secret: newest, previous, signed_with } = secret;
  return (
    <Stack gap="xs">
      {newest !== null && (
        <OneSecret secret={newest} label={previous.length > 0 ? 'new signing secret' : 'signing secret'} />
      )}
      {previous.length > 0 && (
        <>
          <Text size="sm">{signedWords(secret)}</Text>
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
