import { Group, Stack, Text } from '@mantine/core';
import { useRead } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { Sparkline, statisticsText, successText } from '../../parts/sparkline.tsx';
import type { Backlog } from './backlog.tsx';
import { DiscardBacklog } from './backlog.tsx';
import { backlogText } from './settings-text.ts';

const pollMs = 10_000;

/** Statistics of the last 24 hours, and the current backlog. */
export function Statistics({ webhook, backlog }: { readonly webhook: Webhook; readonly backlog: Backlog | undefined }) {
  const statistics = useRead('getWebhookStatistics', { query: { ids: webhook.id } }, { refetchInterval: pollMs });
  const waits = webhook.status === 'active' && backlog !== undefined && backlog.deliveries > 0;
  return (
    <Section title="Last 24 hours" lead="Live attempts, tests excluded.">
      <QueryView query={statistics} rows={1}>
        {({ data: [own] }) =>
          own ? (
            <Group gap="md">
              {own.success_rate !== null && (
                <Text fw={650} size="xl">
                  {successText(own)}
                </Text>
              )}
              <Sparkline statistics={own} />
              <Text size="sm" c="dimmed">
                {statisticsText(own)}
              </Text>
            </Group>
          ) : (
            <Text size="sm">No statistics available.</Text>
          )
        }
      </QueryView>
      {waits && (
        <Stack gap="xs" align="flex-start">
          <Text size="sm">
            Pending now: {backlogText(backlog)}
            {backlog.oldest_at !== null && (
              <>
                , the oldest since <DateTime at={backlog.oldest_at} />
              </>
            )}
            .
          </Text>
          <DiscardBacklog webhook={webhook} backlog={backlog} />
        </Stack>
      )}
    </Section>
  );
}
