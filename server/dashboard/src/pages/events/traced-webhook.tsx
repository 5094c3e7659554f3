import { Anchor, Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { DeliveryWithAttempts, Trace } from '../../api/resources.ts';
import { DeliveryStatus } from '../../parts/badges.tsx';
import { Ago, DateTime } from '../../parts/date-time.tsx';
import { webhookLabel } from '../../parts/names.ts';
import { TracedAttempt } from './traced-attempt.tsx';

/** A webhook in an event's trace: whether it matched and why, and its deliveries as a timeline. */
export function TracedWebhook({ trace }: { readonly trace: Trace }) {
  return (
    <Paper withBorder p="md" component="article">
      <Stack gap="xs">
        <Group gap="xs" justify="space-between">
          <Title order={3} size="h5" className="breaks">
            <Anchor component={Link} href={`/webhooks/${trace.webhook_id}`} inherit>
              {webhookLabel({ name: trace.webhook_name, url: trace.url })}
            </Anchor>
          </Title>
          <Badge variant="light" tt="none" color={trace.matched ? 'green' : 'gray'} className="label">
            {trace.matched ? 'Matched' : 'Not matched'}
          </Badge>
        </Group>
        <Text size="xs" c="dimmed" ff="monospace" className="breaks">
          {trace.url}
        </Text>
        <Text size="sm" className="breaks">
          {trace.explanation}
        </Text>
        {trace.deliveries.map((delivery) => (
          <Delivery key={delivery.id} delivery={delivery} url={trace.url} />
        ))}
      </Stack>
    </Paper>
  );
}

function Delivery({ delivery, url }: { readonly delivery: DeliveryWithAttempts; readonly url: string }) {
  return (
    <div>
      <Group gap="xs" mb={4}>
        <DeliveryStatus status={delivery.status} />
        {delivery.completed_at && (
          <Text size="sm" c="dimmed">
            <DateTime at={delivery.completed_at} />
          </Text>
        )}
      </Group>
      <ol className="timeline">
        <li>
          <Text size="sm">
            Accepted <DateTime at={delivery.created_at} />
          </Text>
        </li>
        {delivery.log.map((attempt) => (
          <TracedAttempt key={attempt.id} attempt={attempt} url={url} />
        ))}
        {delivery.attempts > delivery.log.length && delivery.log.length === 0 && (
          <li>
            <Text size="sm" c="dimmed">
              Its attempts are no longer in the log.
            </Text>
          </li>
        )}
        {delivery.next_attempt_at && (
          <li>
            <Text size="sm" c="dimmed">
              {delivery.attempts === 0 ? 'First' : 'Next'} attempt <Ago at={delivery.next_attempt_at} />
            </Text>
          </li>
        )}
      </ol>
    </div>
  );
}
