import { Anchor, Group, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { Link } from 'wouter';
import type { Provider, Webhook } from '../../../api/resources.ts';
import { PlatformBadge, WebhookStatus } from '../../../parts/badges.tsx';
import { eventLabels, firstSentence, providerName, webhookLabel } from '../../../parts/names.ts';

interface Shown {
  readonly webhook: Webhook;
  readonly providers: readonly Provider[];
}

/** Name, URL, platform and provider. */
export function Named({ webhook, providers }: Shown) {
  const { id, name, url } = webhook;
  return (
    <div className="shrinks">
      <Anchor
        component={Link}
        href={`/webhooks/${id}`}
        fw={600}
        className="breaks"
        title={name === null ? url : undefined}
      >
        {webhookLabel(webhook)}
      </Anchor>
      {name !== null && (
        <Text size="sm" c="dimmed" className="cut" title={url}>
          {withoutScheme(url)}
        </Text>
      )}
      <Group gap={6} mt={4}>
        <PlatformBadge platform={webhook.platform} />
        <Text size="sm" c="dimmed">
          {providerName(webhook, providers)}
        </Text>
      </Group>
    </div>
  );
}

function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, '');
}

/** Above this number, only a count is shown; hover and focus show the names. */
const few = 2;

export function EventTypes({ webhook, providers }: Shown) {
  const labels = eventLabels(webhook, providers);
  if (labels.length <= few) return <Text size="sm">{labels.join(', ')}</Text>;
  return (
    <Tooltip label={labels.join(', ')} multiline maw={320} withArrow events={{ hover: true, focus: true, touch: true }}>
      <UnstyledButton className="hinted" aria-label={`${labels.length} event types: ${labels.join(', ')}`}>
        {labels.length} event types
      </UnstyledButton>
    </Tooltip>
  );
}

/** The status, with the reason if the webhook is not active. */
export function State({ webhook: { status, status_reason: reason } }: { readonly webhook: Webhook }) {
  return (
    <div>
      <WebhookStatus status={status} />
      {status !== 'active' && reason && (
        <Text size="sm" c="dimmed" mt={4} className="breaks" title={reason.message}>
          {firstSentence(reason.message)}
        </Text>
      )}
    </div>
  );
}
