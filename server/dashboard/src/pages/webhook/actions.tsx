import { Button, Group, NativeSelect, Switch } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Provider, Webhook } from '../../api/resources.ts';
import { DeleteWebhook } from '../../parts/delete-webhook.tsx';
import { eventLabel } from '../../parts/names.ts';
import { useAllowed } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import type { PauseResume } from './pause-resume.ts';
import type { Testing } from './testing.tsx';

export function Actions({
  webhook,
  provider,
  pauseResume,
  testing,
}: {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  readonly pauseResume: PauseResume;
  readonly testing: Testing;
}) {
  const allowed = useAllowed('webhooks:write');
  const gone = webhook.status === 'gone';
  const active = webhook.status === 'active';
  return (
    <>
      <SendTest webhook={webhook} provider={provider} testing={testing} />
      <Switch
        label="Active"
        checked={active}
        disabled={!allowed || gone || pauseResume.pending}
        onChange={() => (active ? pauseResume.pause() : pauseResume.resume())}
      />
      {allowed && !gone ? (
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

/** Sends a test. With several event types, a select chooses the sample. */
export function SendTest({
  webhook,
  provider,
  testing,
}: {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  readonly testing: Testing;
}) {
  const allowed = useAllowed('webhooks:write');
  const [first = ''] = webhook.events;
  const [chosen, choose] = useState(first);
  const event = webhook.events.includes(chosen) ? chosen : first;
  const disabled = !allowed || webhook.status === 'gone';
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
  const allowed = useAllowed('webhooks:write');
  const [, navigate] = useLocation();
  const [opened, setOpened] = useState(false);
  const client = useQueryClient();
  const leave = () => {
    navigate('/webhooks');
    // After navigating: the webhook's page would read it again.
    client.removeQueries({ queryKey: ['getWebhook', { params: { id: webhook.id } }] });
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="trash" size={16} />}
        disabled={!allowed}
        onClick={() => setOpened(true)}
      >
        Delete
      </Button>
      <DeleteWebhook webhook={webhook} opened={opened} onClose={() => setOpened(false)} onDeleted={leave} />
    </>
  );
}
