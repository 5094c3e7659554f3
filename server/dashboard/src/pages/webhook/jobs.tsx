import { Button, Group, Loader, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Answers } from '../../api/client.ts';
import { useChange, useOutdate, useRead } from '../../api/queries.ts';
import type { Job } from '../../api/resources.ts';
import { counted } from '../../parts/counted.ts';
import { Ago, DateTime } from '../../parts/date-time.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useMay } from '../../session/session.tsx';

const pollMs = 1000;

/** What ended jobs have changed. */
const outdated = ['getWebhook', 'getBacklog', 'listAttempts', 'listDeliveries'] as const;

/** The webhook's latest jobs, and how far they are. */
export function Jobs({ webhookId }: { readonly webhookId: string }) {
  const outdate = useOutdate();
  const jobs = useRead(
    'listJobs',
    { query: { webhook_id: webhookId, limit: 5 } },
    { refetchInterval: (answer) => isRunning(answer) && pollMs },
  );
  const running = isRunning(jobs.data);
  const ran = useRef(false);
  useEffect(() => {
    if (ran.current && !running) outdate(outdated);
    ran.current = running;
  }, [running, outdate]);
  if (jobs.isError) return <Problem title="Earlier ones could not be loaded" error={jobs.error} />;
  const [latest] = jobs.data?.data ?? [];
  return (
    <>
      {/* There before it says something: screen readers tell what changes in it. */}
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

function isRunning(answer: Answers['listJobs'] | undefined): boolean {
  return answer?.data.some(({ status }) => status === 'running') ?? false;
}

function OneJob({ job }: { readonly job: Job }) {
  const may = useMay('webhooks:write');
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
              of what came since <DateTime at={job.selection.since} />
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
            disabled={!may}
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

/** `Sending again: 212 of 1,500 so far`, `12 dropped` */
function progressOf({ kind, status, examined, affected }: Job): string {
  const count = affected.toLocaleString();
  if (status === 'running') {
    return `${kind === 'replay' ? 'Sending again' : 'Dropping'}: ${count} so far, ${examined.toLocaleString()} looked at`;
  }
  const done = kind === 'replay' ? 'sent again' : 'dropped';
  const cancelled = status === 'cancelled' ? 'Cancelled: ' : '';
  return `${cancelled}${counted(affected, 'delivery', 'deliveries')} ${done}`;
}
