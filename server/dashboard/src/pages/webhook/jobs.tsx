import { Button, Group, Loader, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Responses } from '../../api/client.ts';
import { useChange, useInvalidate, useRead } from '../../api/queries.ts';
import type { Job } from '../../api/resources.ts';
import { counted } from '../../parts/counted.ts';
import { Ago, DateTime } from '../../parts/date-time.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useAllowed } from '../../session/session.tsx';

const pollMs = 1000;

/** Operations whose results a finished job changes. */
const changedByJobs = ['getWebhook', 'getBacklog', 'listAttempts', 'listDeliveries'] as const;

/** The webhook's latest jobs with their progress. */
export function Jobs({ webhookId }: { readonly webhookId: string }) {
  const invalidate = useInvalidate();
  const jobs = useRead(
    'listJobs',
    { query: { webhook_id: webhookId, limit: 5 } },
    { refetchInterval: (answer) => isRunning(answer) && pollMs },
  );
  const running = isRunning(jobs.data);
  const ran = useRef(false);
  useEffect(() => {
    if (ran.current && !running) invalidate(changedByJobs);
    ran.current = running;
  }, [running, invalidate]);
  if (jobs.isError) return <Problem title="Could not load the jobs" error={jobs.error} />;
  const [latest] = jobs.data?.data ?? [];
  return (
    <>
      {/* Rendered while empty: screen readers announce changes to an existing live region. */}
      <VisuallyHidden role="status">{running ? 'A job is running.' : ''}</VisuallyHidden>
      {latest && (
        <Stack gap="xs">
          <Title order={3} size="h6">
            Latest jobs
          </Title>
          <Stack gap="xs" component="ul" className="plain">
            {jobs.data?.data.map((job) => (
              <OneJob key={job.id} job={job} />
            ))}
          </Stack>
        </Stack>
      )}
    </>
  );
}

function isRunning(answer: Responses['listJobs'] | undefined): boolean {
  return answer?.data.some(({ status }) => status === 'running') ?? false;
}

function OneJob({ job }: { readonly job: Job }) {
  const allowed = useAllowed('webhooks:write');
  const cancel = useChange('cancelJob');
  const running = job.status === 'running';
  return (
    <li>
      <Group gap="xs">
        {running && <Loader size="xs" aria-hidden="true" />}
        <Text size="sm" className="shrinks breaks">
          {progressOf(job)}
          {job.selection.since !== null && (
            <>
              {' '}
              since <DateTime at={job.selection.since} />
            </>
          )}
          {job.completed_at !== null && (
            <Text span size="sm" c="dimmed">
              {' '}
              · <Ago at={job.completed_at} />
            </Text>
          )}
        </Text>
        {running && (
          <Button
            size="compact-xs"
            variant="default"
            disabled={!allowed}
            loading={cancel.isPending}
            onClick={() => cancel.mutate({ params: { id: job.id } })}
          >
            Cancel
          </Button>
        )}
      </Group>
      <Problem error={cancel.error} />
    </li>
  );
}

/** `Replaying: 212 so far (1,500 examined)`, `12 deliveries discarded` */
function progressOf({ kind, status, examined, affected }: Job): string {
  const count = affected.toLocaleString();
  if (status === 'running') {
    return `${kind === 'replay' ? 'Replaying' : 'Discarding'}: ${count} so far (${examined.toLocaleString()} examined)`;
  }
  const done = kind === 'replay' ? 'replayed' : 'discarded';
  const cancelled = status === 'cancelled' ? 'Cancelled: ' : '';
  return `${cancelled}${counted(affected, 'delivery', 'deliveries')} ${done}`;
}
