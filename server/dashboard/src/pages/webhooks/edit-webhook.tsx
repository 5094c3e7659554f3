import { platformProfile } from '@bellhop/shared/platforms';
import { Alert, Button, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useProviders, useRead } from '../../api/queries.ts';
import type { Provider, Webhook } from '../../api/resources.ts';
import { Empty } from '../../parts/empty.tsx';
import { webhookLabel } from '../../parts/names.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Icon } from '../../shell/icons.tsx';
import { draftOf } from './form/draft.ts';
import { WebhookForm } from './form/webhook-form.tsx';

export default function EditWebhook({ id }: { readonly id: string }) {
  const webhook = useRead('getWebhook', { params: { id } });
  const providers = useProviders();
  const label = webhook.data && webhookLabel(webhook.data);
  return (
    <Page
      title="Edit webhook"
      lead={label}
      up={label === undefined ? { to: '/webhooks', label: 'Webhooks' } : { to: `/webhooks/${id}`, label }}
    >
      <QueryView query={webhook} rows={6}>
        {(known) => (
          <QueryView query={providers} rows={6}>
            {(all) => <EditForm webhook={known} providers={all} />}
          </QueryView>
        )}
      </QueryView>
    </Page>
  );
}

function EditForm({ webhook, providers }: { readonly webhook: Webhook; readonly providers: readonly Provider[] }) {
  if (webhook.status === 'gone') {
    return (
      <CannotChange title="This webhook is gone" id={webhook.id}>
        {webhook.status_reason?.message ?? 'The platform ended it.'} It can no longer be changed.
      </CannotChange>
    );
  }
  if (!providers.some(({ id }) => id === webhook.provider)) {
    return (
      <CannotChange title="Its provider no longer exists" id={webhook.id}>
        The provider “{webhook.provider}” was removed from the catalogue, so nothing is sent to this webhook.
      </CannotChange>
    );
  }
  return (
    <Stack gap="lg">
      {webhook.rest_hook && (
        <Alert
          color="orange"
          icon={<Icon name="alert" />}
          title={`Managed by ${platformProfile(webhook.platform).name}`}
        >
          <Text size="sm">Changes there can overwrite your changes here.</Text>
        </Alert>
      )}
      <WebhookForm providers={providers} initial={draftOf(webhook)} webhook={webhook} />
    </Stack>
  );
}

function CannotChange({
  title,
  id,
  children,
}: {
  readonly title: string;
  readonly id: string;
  readonly children: ReactNode;
}) {
  return (
    <Empty
      icon="alert"
      title={title}
      action={
        <Button component={Link} href={`/webhooks/${id}`} variant="default">
          View its log
        </Button>
      }
    >
      {children}
    </Empty>
  );
}
