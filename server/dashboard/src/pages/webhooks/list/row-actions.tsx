import { ActionIcon, Group, Switch } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { explain } from '../../../api/problems.ts';
import { useChange } from '../../../api/queries.ts';
import type { Webhook } from '../../../api/resources.ts';
import { DeleteWebhook } from '../../../parts/delete-webhook.tsx';
import { webhookLabel } from '../../../parts/names.ts';
import { toast } from '../../../parts/toasts.tsx';
import { useAllowed } from '../../../session/session.tsx';
import { Icon } from '../../../shell/icons.tsx';

export type Test = ReturnType<typeof useTest>;

/** Sends the sample of the webhook's first event type. */
export function useTest() {
  return useChange('testWebhook', { invalidates: ['listAttempts', 'listEvents'] });
}

/** The most common actions: test, pause and resume, edit, delete. */
export function RowActions({ webhook, test }: { readonly webhook: Webhook; readonly test: Test }) {
  const allowed = useAllowed('webhooks:write');
  const label = webhookLabel(webhook);
  const gone = webhook.status === 'gone';
  const reason = allowed ? (gone ? 'This webhook is gone' : undefined) : 'Requires the webhooks:write scope';
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon
        variant="subtle"
        size="lg"
        aria-label={`Send a test to ${label}`}
        title={reason ?? 'Send a test'}
        disabled={reason !== undefined}
        loading={test.isPending}
        onClick={() => test.mutate({ params: { id: webhook.id } })}
      >
        <Icon name="play" />
      </ActionIcon>
      <Toggle webhook={webhook} reason={reason} />
      {reason === undefined && (
        <ActionIcon
          component={Link}
          href={`/webhooks/${webhook.id}/edit`}
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Edit ${label}`}
          title="Edit"
        >
          <Icon name="pen" />
        </ActionIcon>
      )}
      <Delete webhook={webhook} allowed={allowed} />
    </Group>
  );
}

function Toggle({ webhook, reason }: { readonly webhook: Webhook; readonly reason: string | undefined }) {
  const label = webhookLabel(webhook);
  const pause = useChange('pauseWebhook');
  const resume = useChange('resumeWebhook');
  const active = webhook.status === 'active';
  const toggle = () => {
    const given = { params: { id: webhook.id } };
    const onError = (error: Error) => toast({ kind: 'problem', text: explain(error) });
    if (active) {
      const onSuccess = () => toast({ kind: 'done', text: `${label} is paused. Events are held until you resume it.` });
      return pause.mutate(given, { onSuccess, onError });
    }
    const onSuccess = () => toast({ kind: 'done', text: `${label} is active. Held deliveries are being sent.` });
    return resume.mutate(given, { onSuccess, onError });
  };
  return (
    <Switch
      aria-label={`${label} is active`}
      title={reason ?? (active ? 'Pause' : 'Resume')}
      checked={active}
      disabled={reason !== undefined || pause.isPending || resume.isPending}
      onChange={toggle}
    />
  );
}

function Delete({ webhook, allowed }: { readonly webhook: Webhook; readonly allowed: boolean }) {
  const [opened, setOpened] = useState(false);
  const [deleted, setDeleted] = useState(false);
  useFocusOnTitle(deleted);
  const label = webhookLabel(webhook);
  const close = () => setOpened(false);
  const leave = () => {
    close();
    setDeleted(true);
  };
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Delete ${label}`}
        title={allowed ? 'Delete' : 'Requires the webhooks:write scope'}
        disabled={!allowed}
        onClick={() => setOpened(true)}
      >
        <Icon name="trash" />
      </ActionIcon>
      <DeleteWebhook webhook={webhook} opened={opened} onClose={close} onDeleted={leave} />
    </>
  );
}

/** Moves the focus to the page's title when the focused row is removed. */
function useFocusOnTitle(removed: boolean): void {
  useEffect(() => {
    if (!removed) return;
    return () => document.querySelector<HTMLElement>('h1')?.focus();
  }, [removed]);
}
