import { platformProfile } from '@bellhop/shared/platforms';
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useRead } from '../../api/queries.ts';
import type { Attempt, Provider, Webhook } from '../../api/resources.ts';
import { counted } from '../../parts/counted.ts';
import { Ago, DateTime } from '../../parts/date-time.tsx';
import { answerText } from '../../parts/http-status.ts';
import { useMay } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import type { Backlog } from './backlog.tsx';
import { DropBacklog, Held, resumeLabel } from './backlog.tsx';
import type { Sending } from './sending.ts';
import { hostOf } from './words.ts';

interface StateProps {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  /** Of the log, newest first; undefined while it is not known. */
  readonly attempts: readonly Attempt[] | undefined;
  readonly backlog: Backlog | undefined;
  readonly sending: Sending;
}

/** Why events do not arrive as they should, and the way out of it; nothing while they do. */
export function State(props: StateProps) {
  const { webhook } = props;
  switch (webhook.status) {
    case 'active':
      return webhook.consecutive_failures > 0 ? <Failing {...props} /> : null;
    case 'paused':
    case 'disabled':
      return <Stopped {...props} />;
    case 'gone':
      return <Gone {...props} />;
  }
}

function Stopped({ webhook, attempts, backlog, sending }: StateProps) {
  const may = useMay('webhooks:write');
  const { status, status_reason: reason } = webhook;
  const disabled = status === 'disabled';
  // The title says it already.
  const isTold = reason?.code === byPerson || (disabled && typeof lastFailure(attempts)?.status_code === 'number');
  return (
    <Alert color={disabled ? 'red' : 'orange'} icon={<Icon name="alert" />} title={titleOf(webhook, attempts)}>
      <Stack gap="xs">
        {reason && !isTold && (
          <Text size="sm" className="breaks">
            {reason.message}
          </Text>
        )}
        <Text size="sm">
          {reason && (
            <>
              {disabled ? 'Disabled' : 'Paused'} <Ago at={reason.at} />.{' '}
            </>
          )}
          Nothing is sent but tests. <Held backlog={backlog} />
        </Text>
        {disabled && (
          <Text size="sm">
            Mend the receiver, send a test to see that it works, then resume. What failed before that can be sent again
            below.
          </Text>
        )}
        <Group gap="xs">
          <Button disabled={!may} loading={sending.pending} onClick={sending.resume}>
            {resumeLabel(backlog)}
          </Button>
          <DropBacklog webhook={webhook} backlog={backlog} />
        </Group>
      </Stack>
    </Alert>
  );
}

/** The reason's code when a person stopped it, who knows why. */
const byPerson = 'paused_by_customer';

function titleOf(
  { status, status_reason, platform, consecutive_failures, url }: Webhook,
  attempts: StateProps['attempts'],
) {
  if (status === 'disabled') {
    const last = lastFailure(attempts);
    const what = last === undefined ? '' : `: ${answerText(last.status_code)} from ${hostOf(url)}`;
    return `Disabled after ${counted(consecutive_failures, 'failure')}${what}`;
  }
  return status_reason === null || status_reason.code === byPerson
    ? 'Paused'
    : `Paused: ${platformProfile(platform).name} says that nobody listens`;
}

function lastFailure(attempts: StateProps['attempts']): Attempt | undefined {
  return attempts?.find(({ test, outcome }) => !test && outcome === 'failed');
}

function Gone({ webhook }: StateProps) {
  const { status_reason: reason, platform } = webhook;
  const { name } = platformProfile(platform);
  return (
    <Alert color="gray" icon={<Icon name="alert" />} title={`Ended by ${name}`}>
      <Stack gap="xs">
        <Text size="sm" className="breaks">
          {reason?.message ?? `${name} ended it.`}
        </Text>
        <Text size="sm">
          {reason && (
            <>
              That was <Ago at={reason.at} />.{' '}
            </>
          )}
          It cannot be resumed: subscribing again makes a new webhook. Its settings and its log stay here until you
          delete it.
        </Text>
      </Stack>
    </Alert>
  );
}

function Failing({ webhook, provider, attempts, backlog }: StateProps) {
  const { consecutive_failures: failures, id } = webhook;
  const deliveries = useRead('listDeliveries', { params: { id }, query: { limit: 20 } });
  const last = lastFailure(attempts);
  const limit = provider?.delivery.disableAfterFailures ?? null;
  const title = failures === 1 ? 'The last attempt failed' : `The last ${counted(failures, 'attempt')} failed`;
  return (
    <Alert color="orange" icon={<Icon name="alert" />} title={title}>
      <Stack gap="xs">
        {last && (
          <Text size="sm" className="breaks">
            <Ago at={last.started_at} />: {last.error}
          </Text>
        )}
        <Text size="sm">{nextTry(nextOf(deliveries.data?.data), backlog)}</Text>
        {limit !== null && (
          <Text size="sm">After {counted(limit, 'failure')} in a row it is disabled, and what comes then is held.</Text>
        )}
      </Stack>
    </Alert>
  );
}

type Delivery = { readonly next_attempt_at: string | null };

function nextOf(deliveries: readonly Delivery[] | undefined): string | undefined {
  return deliveries?.flatMap(({ next_attempt_at: at }) => (at === null ? [] : [at])).sort()[0];
}

function nextTry(next: string | undefined, backlog: Backlog | undefined): ReactNode {
  if (next !== undefined && Date.parse(next) > Date.now()) {
    return (
      <>
        The next try is <Ago at={next} />, at <DateTime at={next} />.
      </>
    );
  }
  if (next !== undefined || (backlog && backlog.deliveries > 0)) return 'What failed is tried again by itself.';
  return backlog ? 'What failed is not tried again by itself: send it again below once the receiver works.' : null;
}
