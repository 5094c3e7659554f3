import { Button, Group, Stack } from '@mantine/core';
import { Link } from 'wouter';
import { useList, useProviders } from '../../api/queries.ts';
import type { Provider } from '../../api/resources.ts';
import { Empty } from '../../parts/empty.tsx';
import { More } from '../../parts/more.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { useAllowed } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { Filters, useWanted } from './list/filters.tsx';
import { ResumeAll } from './list/resume-all.tsx';
import { useStatistics } from './list/use-statistics.ts';
import { WebhookList } from './list/webhook-list.tsx';

/** The list of webhooks, filtered by `?status=`, `?platform=` and `?provider=`. */
export default function Webhooks() {
  const providers = useProviders();
  const allowed = useAllowed('webhooks:write');
  const limits = allowed ? '' : ' You have read-only access.';
  return (
    <Page
      title="Webhooks"
      lead={`Where your events are sent, and how delivery is going.${limits}`}
      actions={<CreateButton />}
    >
      <QueryView query={providers} rows={5}>
        {(known) => <Listed providers={known} />}
      </QueryView>
    </Page>
  );
}

function CreateButton() {
  return (
    <Button component={Link} href="/webhooks/new" leftSection={<Icon name="plus" />}>
      Create webhook
    </Button>
  );
}

function Listed({ providers }: { readonly providers: readonly Provider[] }) {
  const chosen = useWanted(providers);
  const list = useList('listWebhooks', { query: chosen.wanted });
  const { items } = list;
  const statistics = useStatistics(items?.map(({ id }) => id) ?? []);
  const noneYet = items?.length === 0 && !chosen.some;
  return (
    <Stack gap="lg">
      {!noneYet && <Filters providers={providers} chosen={chosen} />}
      <QueryView query={{ ...list, data: items }} rows={5}>
        {(webhooks) =>
          webhooks.length === 0 ? (
            <NoWebhooks filtered={chosen.some} onClear={chosen.clear} />
          ) : (
            <>
              {chosen.wanted.status === 'disabled' && <ResumeAll provider={chosen.wanted.provider} />}
              <WebhookList webhooks={webhooks} providers={providers} statistics={statistics} />
            </>
          )
        }
      </QueryView>
      <More list={list} />
    </Stack>
  );
}

function NoWebhooks({ filtered, onClear }: { readonly filtered: boolean; readonly onClear: () => void }) {
  if (filtered) {
    return (
      <Empty
        icon="webhook"
        title="No matching webhooks"
        action={
          <Button variant="default" onClick={onClear}>
            Show all webhooks
          </Button>
        }
      >
        No webhook matches the filters.
      </Empty>
    );
  }
  return (
    <Empty
      icon="webhook"
      title="No webhooks yet"
      action={
        <Group justify="center">
          <Button component={Link} href="/connect">
            Connect Zapier, Make or n8n
          </Button>
          <Button component={Link} href="/webhooks/new" variant="default">
            Create webhook
          </Button>
        </Group>
      }
    >
      A webhook sends events to your URL as they happen. Connect a platform, or create a webhook for your own endpoint.
    </Empty>
  );
}
