import './webhook.css';
import { platformProfile } from '@bellhop/shared/platforms';
import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { isProblem } from '../../api/problems.ts';
import { useProviders, useRead } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { PlatformBadge, WebhookStatus } from '../../parts/badges.tsx';
import { Empty } from '../../parts/empty.tsx';
import { webhookTitle } from '../../parts/names.ts';
import { Page } from '../../parts/page.tsx';
import { Problem } from '../../parts/problem.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Warnings } from '../../parts/warnings.tsx';
import { useAllowed } from '../../session/session.tsx';
import { Actions, SendTest } from './actions.tsx';
import { useBacklog } from './backlog.tsx';
import { Log } from './log/log.tsx';
import { useLiveAttempts } from './log/use-live-attempts.ts';
import { usePauseResume } from './pause-resume.ts';
import { Recover } from './recover.tsx';
import { SettingsSummary } from './settings-summary.tsx';
import { SigningSecret } from './signing-secret.tsx';
import { State } from './state.tsx';
import { Statistics } from './statistics.tsx';
import { TestResult, useTesting } from './testing.tsx';

const up = { to: '/webhooks', label: 'Webhooks' } as const;

/** One webhook: state, settings and log. */
export default function OneWebhook({ id }: { readonly id: string }) {
  const webhook = useRead('getWebhook', { params: { id } });
  // A malformed id in the address is answered as invalid input.
  const missing = isProblem(webhook.error, 'not_found') || isProblem(webhook.error, 'invalid_input');
  if (missing) return <Missing />;
  if (webhook.data) {
    return (
      <>
        {webhook.isError && <Problem title="This may be out of date" error={webhook.error} />}
        <Found webhook={webhook.data} />
      </>
    );
  }
  return (
    <Page title="Webhook" up={up}>
      <QueryView query={webhook} rows={5}>
        {() => null}
      </QueryView>
    </Page>
  );
}

function Missing() {
  return (
    <Page title="Webhook" up={up}>
      <Empty
        icon="webhook"
        title="No such webhook"
        action={
          <Button component={Link} href="/webhooks">
            Go to webhooks
          </Button>
        }
      >
        It may have been deleted, or it belongs to another organization.
      </Empty>
    </Page>
  );
}

function Found({ webhook }: { readonly webhook: Webhook }) {
  const allowed = useAllowed('webhooks:write');
  const provider = useProviders().data?.find(({ id }) => id === webhook.provider);
  const live = useLiveAttempts(webhook.id);
  const backlog = useBacklog(webhook);
  const pauseResume = usePauseResume(webhook);
  const testing = useTesting(webhook.id);
  const parts = { webhook, provider };
  return (
    <Page
      title={webhookTitle(webhook)}
      up={up}
      aside={<WebhookStatus status={webhook.status} />}
      lead={<Lead webhook={webhook} provider={provider?.name ?? webhook.provider} />}
      actions={<Actions {...parts} pauseResume={pauseResume} testing={testing} />}
    >
      {!allowed && (
        <Text size="sm" c="dimmed">
          You have read-only access. Changing, testing and replaying require the webhooks:write scope.
        </Text>
      )}
      <Problem error={pauseResume.error} title="Could not change the state" />
      <Warnings webhook={webhook} />
      <State {...parts} attempts={live.attempts} backlog={backlog} pauseResume={pauseResume} />
      <TestResult testing={testing} provider={provider} />
      <SimpleGrid cols={{ base: 1, md: 2 }} className="aligned">
        <SettingsSummary {...parts} />
        <Stack>
          <Statistics webhook={webhook} backlog={backlog} />
          <SigningSecret {...parts} />
          <Recover webhook={webhook} />
        </Stack>
      </SimpleGrid>
      <Log {...parts} live={live} sendTest={<SendTest {...parts} testing={testing} />} />
    </Page>
  );
}

function Lead({ webhook, provider }: { readonly webhook: Webhook; readonly provider: string }) {
  return (
    <Group gap="xs">
      <span>{provider}</span>
      <PlatformBadge platform={webhook.platform} />
      {webhook.rest_hook && <span>subscribed by {platformProfile(webhook.platform).name}</span>}
    </Group>
  );
}
