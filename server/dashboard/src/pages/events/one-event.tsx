import { Alert, Stack, Text, Title } from '@mantine/core';
import { useProviders, useRead } from '../../api/queries.ts';
import type { EventWithTrace } from '../../api/resources.ts';
import { TestBadge } from '../../parts/badges.tsx';
import { CodeBlock } from '../../parts/code-block.tsx';
import { CopyField } from '../../parts/copy-field.tsx';
import { DateTime } from '../../parts/date-time.tsx';
import { Empty } from '../../parts/empty.tsx';
import { eventLabel } from '../../parts/names.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Icon } from '../../shell/icons.tsx';
import { summary } from './summary.ts';
import { TracedWebhook } from './traced-webhook.tsx';

/** Polls while deliveries are pending or held. */
function refreshMs(event: EventWithTrace | undefined): number | false {
  const deliveries = event?.trace.flatMap((each) => each.deliveries) ?? [];
  return deliveries.some(({ status }) => status === 'pending' || status === 'held') && 3000;
}

/** One event with its trace: webhooks that matched or did not, and every attempt. */
export default function OneEvent({ id }: { readonly id: string }) {
  const query = useRead('getEvent', { params: { id } }, { refetchInterval: refreshMs });
  const providers = useProviders();
  const event = query.data;
  const provider = providers.data?.find((each) => each.id === event?.provider);
  const label = event && eventLabel(provider, event.type);
  return (
    <Page
      title={label ?? 'Event'}
      aside={event?.test && <TestBadge />}
      up={{ to: '/events', label: 'Events' }}
      lead={
        event && (
          <>
            {provider?.name ?? event.provider} · published <DateTime at={event.created_at} />
          </>
        )
      }
    >
      <QueryView query={query} rows={6}>
        {(read) => <Trace event={read} />}
      </QueryView>
    </Page>
  );
}

function Trace({ event }: { readonly event: EventWithTrace }) {
  const matched = event.trace.filter((each) => each.matched);
  const others = event.trace.filter((each) => !each.matched);
  const { text, color } = summary(event.trace);
  return (
    <Stack gap="lg">
      <Alert color={color} icon={<Icon name={color === 'green' ? 'check' : 'alert'} />} role="status">
        {text}
      </Alert>
      {event.more_deliveries && (
        <Text size="sm" c="dimmed">
          The event has more deliveries than this page shows. The log of each webhook has its own.
        </Text>
      )}
      {matched.length > 0 && (
        <Stack component="section" aria-labelledby="went-to">
          <Title order={2} size="h4" id="went-to">
            Sent to
          </Title>
          {matched.map((each) => (
            <TracedWebhook key={each.webhook_id} trace={each} />
          ))}
        </Stack>
      )}
      {others.length > 0 && (
        <Stack component="section" aria-labelledby="not-to">
          <Title order={2} size="h4" id="not-to">
            Not sent to
          </Title>
          {others.map((each) => (
            <TracedWebhook key={each.webhook_id} trace={each} />
          ))}
        </Stack>
      )}
      {event.trace.length === 0 && (
        <Empty icon="webhook" title="No webhooks">
          No webhook existed when this event was published, so nothing was sent.
        </Empty>
      )}
      <Stack component="section" aria-labelledby="data">
        <Title order={2} size="h4" id="data">
          Data
        </Title>
        <CopyField label="Event ID" value={event.id} />
        <CodeBlock label="Event data" text={JSON.stringify(event.data, null, 2)} />
      </Stack>
    </Stack>
  );
}
