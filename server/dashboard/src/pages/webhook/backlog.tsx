import { Button } from '@mantine/core';
import { useState } from 'react';
import { useChange, useRead } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { counted } from '../../parts/counted.ts';
import { DateTime } from '../../parts/date-time.tsx';
import { toast } from '../../parts/toasts.tsx';
import { useMay } from '../../session/session.tsx';
import { backlogWords } from './words.ts';

export interface Backlog {
  readonly deliveries: number;
  readonly more: boolean;
  readonly oldest_at: string | null;
}

/** How often it is read while nothing is sent: what is held makes no attempt that the log would tell of. */
const heldEveryMs = 5000;

/** What a webhook has waiting; undefined while that is not known. */
export function useBacklog({ id, status }: Webhook): Backlog | undefined {
  const stopped = status === 'paused' || status === 'disabled';
  const options = { enabled: status !== 'gone', ...(stopped ? { refetchInterval: heldEveryMs } : {}) };
  return useRead('getBacklog', { params: { id } }, options).data;
}

/** `12 deliveries are held since 26 Nov 2026, 07:12:33.` */
export function Held({ backlog }: { readonly backlog: Backlog | undefined }) {
  if (!backlog) return null;
  if (backlog.deliveries === 0) return 'Nothing is held so far; what comes from now on is.';
  return (
    <>
      {capital(backlogWords(backlog))} {backlog.deliveries === 1 ? 'is' : 'are'} held
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

/** What the button says that lets a webhook go on. */
export function resumeLabel(backlog: Backlog | undefined): string {
  if (!backlog || backlog.deliveries === 0) return 'Resume';
  return backlog.more
    ? 'Resume and send what is held'
    : `Resume and send ${counted(backlog.deliveries, 'held', 'held')}`;
}

/** The button that drops what waits, with its question. */
export function DropBacklog({
  webhook,
  backlog,
}: {
  readonly webhook: Webhook;
  readonly backlog: Backlog | undefined;
}) {
  const may = useMay('webhooks:write');
  const [opened, setOpened] = useState(false);
  const discard = useChange('discardBacklog');
  if (!backlog || backlog.deliveries === 0) return null;
  const confirm = () =>
    discard.mutate(
      { params: { id: webhook.id } },
      {
        onSuccess: () => {
          setOpened(false);
          toast({ kind: 'done', text: 'The backlog is being dropped.' });
        },
      },
    );
  return (
    <>
      <Button variant="default" size="sm" disabled={!may} onClick={() => setOpened(true)}>
        Drop the backlog
      </Button>
      <Confirm
        opened={opened}
        title="Drop the backlog?"
        action={`Drop ${backlogWords(backlog)}`}
        danger
        pending={discard.isPending}
        error={discard.error}
        onConfirm={confirm}
        onClose={() => setOpened(false)}
      >
        What waits now is not sent. Events that come afterwards are not touched. What was dropped by mistake can be sent
        again under “Send again” with “Dropped”, for as long as events are kept.
      </Confirm>
    </>
  );
}
