import { platformProfile } from '@bellhop/shared/platforms';
import { Button, Group, NativeSelect, Switch } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useChange } from '../../api/queries.ts';
import type { Provider, Webhook } from '../../api/resources.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { toast } from '../../parts/toasts.tsx';
import { useMay } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import type { Sending } from './sending.ts';
import type { Testing } from './testing.tsx';
import { eventTypeOf, nameOf } from './words.ts';

/** Beside the title: test, pause, edit, delete. */
export function Actions({
  webhook,
  provider,
  sending,
  testing,
}: {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  readonly sending: Sending;
  readonly testing: Testing;
}) {
  const may = useMay('webhooks:write');
  const gone = webhook.status === 'gone';
  const active = webhook.status === 'active';
  return (
    <>
      <SendTest webhook={webhook} provider={provider} testing={testing} />
      <Switch
        label="Active"
        checked={active}
        disabled={!may || gone || sending.pending}
        onChange={() => (active ? sending.pause() : sending.resume())}
      />
      {may && !gone ? (
        <Button
          component={Link}
          href={`/webhooks/${webhook.id}/edit`}
          variant="default"
          leftSection={<Icon name="pen" size={16} />}
        >
          Edit
        </Button>
      ) : (
        <Button variant="default" leftSection={<Icon name="pen" size={16} />} disabled>
          Edit
        </Button>
      )}
      <Delete webhook={webhook} />
    </>
  );
}

/** Where there are several event types, the one whose sample is sent is chosen first. */
export function SendTest({
  webhook,
  provider,
  testing,
}: {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  readonly testing: Testing;
}) {
  const may = useMay('webhooks:write');
  const [first = ''] = webhook.events;
  const [chosen, choose] = useState(first);
  const event = webhook.events.includes(chosen) ? chosen : first;
  const disabled = !may || webhook.status === 'gone';
  return (
    <Group gap={4} wrap="nowrap" className="shrinks">
      {webhook.events.length > 1 && (
        <NativeSelect
          aria-label="Event to test with"
          value={event}
          disabled={disabled}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
          data={webhook.events.map((type) => ({ value: type, label: eventTypeOf(provider, type)?.label ?? type }))}
          className="shrinks"
        />
      )}
      <Button
        variant="default"
        leftSection={<Icon name="play" size={16} />}
        loading={testing.pending}
        disabled={disabled}
        onClick={() => testing.send(event)}
        className="label"
      >
        Send test
      </Button>
    </Group>
  );
}

function Delete({ webhook }: { readonly webhook: Webhook }) {
  const may = useMay('webhooks:write');
  const [, navigate] = useLocation();
  const [opened, setOpened] = useState(false);
  const client = useQueryClient();
  // Not the webhook itself, whose page is still shown: it is forgotten afterwards.
  const remove = useChange('deleteWebhook', { outdates: ['listWebhooks', 'listEvents', 'getEvent'] });
  const platform = platformProfile(webhook.platform).name;
  const confirm = () =>
    remove.mutate(
      { params: { id: webhook.id } },
      {
        onSuccess: () => {
          toast({ kind: 'done', text: `The webhook “${nameOf(webhook)}” was deleted.` });
          navigate('/webhooks');
          client.removeQueries({ queryKey: ['getWebhook', { params: { id: webhook.id } }] });
        },
      },
    );
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="trash" size={16} />}
        disabled={!may}
        onClick={() => setOpened(true)}
      >
        Delete
      </Button>
      <Confirm
        opened={opened}
        title="Delete this webhook?"
        action="Delete webhook"
        danger
        pending={remove.isPending}
        error={remove.error}
        onConfirm={confirm}
        onClose={() => setOpened(false)}
      >
        <span className="breaks">
          “{nameOf(webhook)}” gets nothing more from this moment on, and what waits for it is dropped. It cannot be
          undone.
          {webhook.rest_hook && webhook.status !== 'gone' && ` ${platform} is not told: switch it off there as well.`}
        </span>
      </Confirm>
    </>
  );
}
