import { Button } from '@mantine/core';
import { useState } from 'react';
import { useChange, useRead } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { counted } from '../../parts/counted.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { toast } from '../../parts/toasts.tsx';
import { useAllowed } from '../../session/session.tsx';
import { backlogText } from './settings-text.ts';

export interface Backlog {
  readonly deliveries: number;
  readonly more: boolean;
  readonly oldest_at: string | null;
}

/** Polling interval while nothing is sent: held deliveries make no attempts, so the log shows no change. */
const heldPollMs = 5000;

/** A webhook's backlog; undefined while it is loading. */
export function useBacklog({ id, status }: Webhook): Backlog | undefined {
  const stopped = status === 'paused' || status === 'disabled';
  const options = { enabled: status !== 'gone', ...(stopped ? { refetchInterval: heldPollMs } : {}) };
  return useRead('getBacklog', { params: { id } }, options).data;
}

/** `12 deliveries are held since 26 Nov 2026, 07:12:33.` */
export function Held({ backlog }: { readonly backlog: Backlog | undefined }) {
  if (!backlog) return null;
  if (backlog.deliveries === 0) return 'No deliveries are held yet; new events will be.';
  return (
    <>
      {capital(backlogText(backlog))} {backlog.deliveries === 1 ? 'is' : 'are'} held
      {backlog.oldest_at !== null && (
        <>
          {' '}
          since <DateTime at={backlog.oldest_at} />
        </>
      )}
      .
    </>
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Label of the resume button. */
export function resumeLabel(backlog: Backlog | undefined): string {
  if (!backlog || backlog.deliveries === 0) return 'Resume';
  return backlog.more
    ? 'Resume and send held deliveries'
    : `Resume and send ${counted(backlog.deliveries, 'held delivery', 'held deliveries')}`;
}

/** A button that discards the backlog, with its confirmation. */
export function DiscardBacklog({
  webhook,
  backlog,
}: {
  readonly webhook: Webhook;
  readonly backlog: Backlog | undefined;
}) {
  const allowed = useAllowed('webhooks:write');
  const [opened, setOpened] = useState(false);
  const discard = useChange('discardBacklog');
  if (!backlog || backlog.deliveries === 0) return null;
  const confirm = () =>
    discard.mutate(
      { params: { id: webhook.id } },
      {
        onSuccess: () => {
          setOpened(false);
          toast({ kind: 'done', text: 'The backlog is being discarded.' });
        },
      },
    );
  return (
    <>
      <Button variant="default" size="sm" disabled={!allowed} onClick={() => setOpened(true)}>
        Discard backlog
      </Button>
      <Confirm
        opened={opened}
        title="Discard the backlog?"
        action={`Discard ${backlogText(backlog)}`}
        danger
        pending={discard.isPending}
        error={discard.error}
        onConfirm={confirm}
        onClose={() => setOpened(false)}
      >
        The deliveries waiting now will not be sent. Later events are not affected. To undo this, use “Recover” with
        “Discarded” while the events are still stored.
      </Confirm>
    </>
  );
}
