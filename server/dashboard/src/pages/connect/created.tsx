import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { Responses } from '../../api/client.ts';
import { useChange } from '../../api/queries.ts';
import type { Provider } from '../../api/resources.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { eventLabel } from '../../parts/names.ts';
import { Problem } from '../../parts/problem.tsx';
import { Warnings } from '../../parts/warnings.tsx';
import { Icon } from '../../shell/icons.tsx';
import { TrialResponse } from './trial-response.tsx';

type CreatedWebhook = Responses['createWebhook'];

/** Shown after a URL was connected: its secret, and buttons that send samples. */
export function Created({
  webhook,
  provider,
  onAnother,
}: {
  readonly webhook: CreatedWebhook;
  readonly provider: Provider | undefined;
  readonly onAnother: () => void;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The form, which had the focus, is gone.
  useEffect(() => heading.current?.focus(), []);
  const { id, signing_secret: secret } = webhook;
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Icon name="check" />
        <Title order={3} size="h5" ref={heading} tabIndex={-1}>
          URL connected
        </Title>
      </Group>
      <Text size="sm">Events are sent to this URL from now on.</Text>
      <Warnings webhook={webhook} />
      {secret && (
        <CopyField
          label="Signing secret"
          value={secret}
          description="Your receiver needs it to verify signatures. You can also see it on the webhook’s page."
        />
      )}
      <Samples webhook={webhook} provider={provider} />
      <Group gap="xs">
        <Button component={Link} href={`/webhooks/${id}`} variant="default" size="xs">
          Open the webhook
        </Button>
        <Button variant="default" size="xs" onClick={onAnother}>
          Connect another URL
        </Button>
      </Group>
    </Stack>
  );
}

/** A button per event type: Make learns the fields of each from its sample. */
function Samples({ webhook, provider }: { readonly webhook: CreatedWebhook; readonly provider: Provider | undefined }) {
  const test = useChange('testWebhook');
  const send = (event: string) => test.mutate({ params: { id: webhook.id }, body: { event } });
  const labelOf = (type: string) => eventLabel(provider, type);
  const sending = test.isPending ? test.variables.body?.event : undefined;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {webhook.events.map((type) => (
          <Button
            key={type}
            size="sm"
            variant="light"
            leftSection={<Icon name="play" size={16} />}
            loading={sending === type}
            disabled={sending !== undefined && sending !== type}
            onClick={() => send(type)}
          >
            {webhook.events.length === 1 ? 'Send a sample' : `Send a sample of ${labelOf(type)}`}
          </Button>
        ))}
      </Group>
      <Problem error={test.error} title="Could not send the sample" />
      <TrialResponse
        result={test.data}
        pending={test.isPending}
        about={test.data ? `The sample of ${labelOf(test.data.event)}` : 'The sample'}
      />
    </Stack>
  );
}
