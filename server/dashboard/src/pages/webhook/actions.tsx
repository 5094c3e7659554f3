import { Button, Group, NativeSelect, Switch } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Provider, Webhook } from '../../api/resources.ts';
import { DeleteWebhook } from '../../parts/delete-webhook.tsx';
import { eventLabel } from '../../parts/names.ts';
import { useMay } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import type { Sending } from './sending.ts';
import type { Testing } from './testing.tsx';

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
          data={webhook.events.map((type) => ({ value: type, label: eventLabel(provider, type) }))}
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
  const leave = () => {
    navigate('/webhooks');
    // Forgotten after its page, which would ask for it again.
    client.removeQueries({ queryKey: ['getWebhook', { params: { id: webhook.id } }] });
  };
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
      <DeleteWebhook webhook={webhook} opened={opened} onClose={() => setOpened(false)} onDeleted={leave} />
    </>
  );
}
