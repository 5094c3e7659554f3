import { platformProfile } from '@bellhop/shared/platforms';
import { useChange } from '../api/queries.ts';
import type { Webhook } from '../api/resources.ts';
import { Confirm } from './confirm.tsx';
import { webhookLabel } from './names.ts';
import { toast } from './toasts.tsx';

/** A dialog that confirms and deletes a webhook. */
export function DeleteWebhook({
  webhook,
  opened,
  onClose,
  onDeleted,
}: {
  readonly webhook: Webhook;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}) {
  // Not getWebhook: the page of the webhook can still be open.
  const remove = useChange('deleteWebhook', { invalidates: ['listWebhooks', 'listEvents', 'getEvent'] });
  const label = webhookLabel(webhook);
  const confirm = () =>
    remove.mutate(
      { params: { id: webhook.id } },
      {
        onSuccess: () => {
          toast({ kind: 'done', text: `${label} was deleted.` });
          onDeleted();
        },
      },
    );
  return (
    <Confirm
      opened={opened}
      title="Delete this webhook?"
      action="Delete webhook"
      danger
      pending={remove.isPending}
      error={remove.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <span className="breaks">
        <strong>{label}</strong> stops receiving events immediately, and its pending deliveries are discarded.{' '}
        <span>This cannot be undone.</span>
        {webhook.rest_hook &&
          webhook.status !== 'gone' &&
          ` ${platformProfile(webhook.platform).name} is not notified: switch it off there as well.`}
      </span>
    </Confirm>
  );
}
