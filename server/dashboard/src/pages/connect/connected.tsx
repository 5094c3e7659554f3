import { Anchor, Group, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { Link } from 'wouter';
import { useRead } from '../../api/queries.ts';
import type { Platform, Provider, Webhook } from '../../api/resources.ts';
import { WebhookStatus } from '../../parts/badges.tsx';
import { eventLabels, webhookLabel } from '../../parts/names.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { useMay } from '../../session/session.tsx';

/** How many are named; the others are a click away. */
const named = 3;

/** What is connected by a platform already. */
export function Connected({
  platform,
  title,
  providers,
}: {
  readonly platform: Platform;
  readonly title: string;
  readonly providers: readonly Provider[];
}) {
  const may = useMay('webhooks:read');
  const query = useRead('listWebhooks', { query: { platform, limit: named + 1 } }, { enabled: may });
  if (!may) return null;
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
              <Names webhooks={data.slice(0, named)} providers={providers} labelledBy={id} />
            )}
            {data.length > named && (
              <Anchor component={Link} href={`/webhooks?platform=${platform}`} size="sm">
                See all<VisuallyHidden component="span"> of {title}</VisuallyHidden>
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

/** A platform's own webhooks have no name, and all their URLs look alike: what they are for tells them apart. */
function nameOf(webhook: Webhook, providers: readonly Provider[]): string {
  if (webhook.name !== null || !webhook.rest_hook) return webhookLabel(webhook);
  const [first = '', ...others] = eventLabels(webhook, providers);
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
