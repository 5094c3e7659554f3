import { platformProfile } from '@bellhop/shared/platforms';
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useRead } from '../../api/queries.ts';
import type { Attempt, Provider, Webhook } from '../../api/resources.ts';
import { counted } from '../../parts/counted.ts';
import { Ago, DateTime } from '../../parts/date-time.tsx';
import { responseText } from '../../parts/http-status.ts';
import { useAllowed } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import type { Backlog } from './backlog.tsx';
import { DiscardBacklog, Held, resumeLabel } from './backlog.tsx';
import type { PauseResume } from './pause-resume.ts';
import { hostOf, policyOf } from './settings-text.ts';

interface StateProps {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  /** Newest first; undefined while loading. */
  readonly attempts: readonly Attempt[] | undefined;
  readonly backlog: Backlog | undefined;
  readonly pauseResume: PauseResume;
}

/** Why events are not delivered, and what to do. Renders nothing for a healthy webhook. */
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

function Stopped({ webhook, attempts, backlog, pauseResume }: StateProps) {
  const allowed = useAllowed('webhooks:write');
  const { status, status_reason: reason, status_until: until } = webhook;
  const disabled = status === 'disabled';
  const titleSaysIt = reason?.code === byPerson || (disabled && typeof lastFailure(attempts)?.status_code === 'number');
  return (
    <Alert color={disabled ? 'red' : 'orange'} icon={<Icon name="alert" />} title={titleOf(webhook, attempts)}>
      <Stack gap="xs">
        {reason && !titleSaysIt && (
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
          Only tests are sent. <Held backlog={backlog} />
        </Text>
        {until !== null && (
          <Text size="sm">
            It is tried again by itself <Ago at={until} />.
          </Text>
        )}
        {disabled && (
          <Text size="sm">
            Fix the receiver, send a test to check that it works, then resume. Recover earlier failures below.
          </Text>
        )}
        <Group gap="xs">
          <Button disabled={!allowed} loading={pauseResume.pending} onClick={pauseResume.resume}>
            {resumeLabel(backlog)}
          </Button>
          <DiscardBacklog webhook={webhook} backlog={backlog} />
        </Group>
      </Stack>
    </Alert>
  );
}

/** Reason code of a webhook that a person paused. */
const byPerson = 'paused_by_customer';

function titleOf(
  { status, status_reason, platform, consecutive_failures, url }: Webhook,
  attempts: StateProps['attempts'],
) {
  if (status === 'disabled') {
    const last = lastFailure(attempts);
    const what = last === undefined ? '' : `: ${responseText(last.status_code)} from ${hostOf(url)}`;
    return `Disabled after ${counted(consecutive_failures, 'failure')}${what}`;
  }
  return status_reason === null || status_reason.code === byPerson
    ? 'Paused'
    : `Paused: ${platformProfile(platform).name} is not listening`;
}

function lastFailure(attempts: StateProps['attempts']): Attempt | undefined {
  return attempts?.find(({ test, outcome }) => !test && outcome === 'failed');
}

function Gone({ webhook }: StateProps) {
  const { status_reason: reason, status_until: until, platform } = webhook;
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
              This happened <Ago at={reason.at} />.{' '}
            </>
          )}
          It cannot be resumed; subscribing again creates a new webhook
          {until === null ? '' : ', which takes over what waits'}. Its settings and log stay here
          {reason?.code === 'unsubscribed' ? ' until then' : ' until you delete it'}.
        </Text>
      </Stack>
    </Alert>
  );
}

function Failing({ webhook, provider, attempts, backlog }: StateProps) {
  const { consecutive_failures: failures, id } = webhook;
  const deliveries = useRead('listDeliveries', { params: { id }, query: { limit: 20 } });
  const last = lastFailure(attempts);
  const limit = provider ? policyOf(webhook, provider).disableAfterFailures : null;
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
          <Text size="sm">
            After {counted(limit, 'failure')} in a row, the webhook is disabled and events are held.
          </Text>
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
        Next retry <Ago at={next} />, at <DateTime at={next} />.
      </>
    );
  }
  if (next !== undefined || (backlog && backlog.deliveries > 0)) return 'Failed deliveries are retried automatically.';
  return backlog
    ? 'Failed deliveries are not retried automatically: recover them below once the receiver works.'
    : null;
}
