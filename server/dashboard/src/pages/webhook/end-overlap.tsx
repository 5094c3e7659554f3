import { Button } from '@mantine/core';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { toast } from '../../parts/toasts.tsx';

/** Ends a rotation early: the replaced secret is no longer used. */
export function EndOverlap({ webhook, secret }: { readonly webhook: Webhook; readonly secret: string }) {
  const [opened, setOpened] = useState(false);
  const rotate = useChange('rotateWebhookSecret');
  const confirm = () =>
    rotate.mutate(
      { params: { id: webhook.id }, body: { signing_secret: secret, overlap_hours: 0 } },
      {
        onSuccess: () => {
          setOpened(false);
          toast({ kind: 'done', text: 'The replaced secret is no longer used.' });
        },
      },
    );
  return (
    <div>
      <Button size="xs" variant="default" onClick={() => setOpened(true)}>
        Stop using the replaced secret
      </Button>
      <Confirm
        opened={opened}
        title="Stop using the replaced secret?"
        action="Stop using it"
        pending={rotate.isPending}
        error={rotate.error}
        onConfirm={confirm}
        onClose={() => setOpened(false)}
      >
        From now on, requests are signed with the new secret only. Do this once your receiver uses it.
      </Confirm>
    </div>
  );
}
