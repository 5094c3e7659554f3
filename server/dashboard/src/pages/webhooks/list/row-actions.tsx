import { ActionIcon, Group, Switch } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { explain } from '../../../api/problems.ts';
import { useChange } from '../../../api/queries.ts';
import type { Webhook } from '../../../api/resources.ts';
import { DeleteWebhook } from '../../../parts/delete-webhook.tsx';
import { webhookLabel } from '../../../parts/names.ts';
import { toast } from '../../../parts/toasts.tsx';
import { useMay } from '../../../session/session.tsx';
import { Icon } from '../../../shell/icons.tsx';

export type Test = ReturnType<typeof useTest>;

/** Sends the sample of the webhook's first event type. */
export function useTest() {
  return useChange('testWebhook', { outdates: ['listAttempts', 'listEvents'] });
}

/** What is done most, in the row itself: test, pause and resume, edit, delete. */
export function RowActions({ webhook, test }: { readonly webhook: Webhook; readonly test: Test }) {
  const may = useMay('webhooks:write');
  const label = webhookLabel(webhook);
  const gone = webhook.status === 'gone';
  const reason = may ? (gone ? 'This webhook is gone' : undefined) : 'This sign-in may not change webhooks';
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
      <Delete webhook={webhook} may={may} />
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
      const onSuccess = () =>
        toast({ kind: 'done', text: `${label} is paused. Its events are held until you resume it.` });
      return pause.mutate(given, { onSuccess, onError });
    }
    const onSuccess = () => toast({ kind: 'done', text: `${label} is active. What was held is sent now.` });
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

function Delete({ webhook, may }: { readonly webhook: Webhook; readonly may: boolean }) {
  const [asked, setAsked] = useState(false);
  const [deleted, setDeleted] = useState(false);
  useFocusOnTitle(deleted);
  const label = webhookLabel(webhook);
  const close = () => setAsked(false);
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
        title={may ? 'Delete' : 'This sign-in may not change webhooks'}
        disabled={!may}
        onClick={() => setAsked(true)}
      >
        <Icon name="trash" />
      </ActionIcon>
      <DeleteWebhook webhook={webhook} opened={asked} onClose={close} onDeleted={leave} />
    </>
  );
}

/** When the row goes that has the focus, the page's title gets it, and not nothing. */
function useFocusOnTitle(removed: boolean): void {
  useEffect(() => {
    if (!removed) return;
    return () => document.querySelector<HTMLElement>('h1')?.focus();
  }, [removed]);
}
