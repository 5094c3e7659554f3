import { Anchor, Group, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { Link } from 'wouter';
import { useRead } from '../../api/queries.ts';
import type { Platform, Provider, Webhook } from '../../api/resources.ts';
import { WebhookStatus } from '../../parts/badges.tsx';
import { eventLabels, webhookLabel } from '../../parts/names.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { useAllowed } from '../../session/session.tsx';

const maximumListed = 3;

/** The platform's existing webhooks. */
export function Connected({
  platform,
  title,
  providers,
}: {
  readonly platform: Platform;
  readonly title: string;
  readonly providers: readonly Provider[];
}) {
  const allowed = useAllowed('webhooks:read');
  const query = useRead('listWebhooks', { query: { platform, limit: maximumListed + 1 } }, { enabled: allowed });
  if (!allowed) return null;
  const id = `connected-${platform}`;
  return (
    <Stack gap={6}>
      <Title order={3} size="h5" id={id}>
        Connected
      </Title>
      <QueryView query={query} rows={1}>
        {({ data }) => (
          <>
            {data.length === 0 ? (
              <Text size="sm" c="dimmed">
                Nothing yet.
              </Text>
            ) : (
              <Names webhooks={data.slice(0, maximumListed)} providers={providers} labelledBy={id} />
            )}
            {data.length > maximumListed && (
              <Anchor component={Link} href={`/webhooks?platform=${platform}`} size="sm">
                See all<VisuallyHidden component="span"> {title} connections</VisuallyHidden>
              </Anchor>
            )}
          </>
        )}
      </QueryView>
    </Stack>
  );
}

function Names({
  webhooks,
  providers,
  labelledBy,
}: {
  readonly webhooks: readonly Webhook[];
  readonly providers: readonly Provider[];
  readonly labelledBy: string;
}) {
  return (
    <Stack gap={4} component="ul" className="plain" aria-labelledby={labelledBy}>
      {webhooks.map((webhook) => (
        <Group key={webhook.id} component="li" gap="xs" wrap="nowrap" justify="space-between">
          <Anchor component={Link} href={`/webhooks/${webhook.id}`} size="sm" className="cut" title={webhook.url}>
            {nameOf(webhook, providers)}
          </Anchor>
          <WebhookStatus status={webhook.status} />
        </Group>
      ))}
    </Stack>
  );
}

/** Webhooks of a platform have no name and similar URLs, so they are named after their events. */
function nameOf(webhook: Webhook, providers: readonly Provider[]): string {
  if (webhook.name !== null || !webhook.rest_hook) return webhookLabel(webhook);
  const [first = '', ...others] = eventLabels(webhook, providers);
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
