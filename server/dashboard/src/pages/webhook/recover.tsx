import { Button, Checkbox, Group, Input, Stack, Text, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { fieldProblems } from '../../api/problems.ts';
import { useChange } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { useAllowed } from '../../session/session.tsx';
import { Icon } from '../../shell/icons.tsx';
import { Jobs } from './jobs.tsx';
import { fromLocal, hoursAgo } from './local-time.ts';

const presets = [
  ['1 hour', 1],
  ['24 hours', 24],
  ['7 days', 7 * 24],
] as const;

const outcomes = [
  ['exhausted', 'Exhausted', 'Every attempt failed.'],
  ['discarded', 'Discarded', 'The backlog was discarded.'],
] as const;

type Outcome = (typeof outcomes)[number][0];

/** Replays the failed deliveries of a period. */
export function Recover({ webhook }: { readonly webhook: Webhook }) {
  const gone = webhook.status === 'gone';
  return (
    <Section
      title="Recover"
      lead="After an outage, replay the deliveries that failed: oldest first, with the same ids and bodies."
    >
      {gone ? <Text size="sm">Nothing can be sent to a webhook that is gone.</Text> : <Form webhook={webhook} />}
      <Jobs webhookId={webhook.id} />
    </Section>
  );
}

function Form({ webhook }: { readonly webhook: Webhook }) {
  const allowed = useAllowed('webhooks:write');
  const [since, setSince] = useState(() => hoursAgo(24));
  const [wanted, setWanted] = useState<readonly Outcome[]>(['exhausted']);
  const recover = useChange('recoverWebhook');
  const problems = fieldProblems(recover.error);
  const from = fromLocal(since);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (from !== undefined && wanted.length > 0) {
      recover.mutate({ params: { id: webhook.id }, body: { since: from, outcomes: [...wanted] } });
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          type="datetime-local"
          label="Failed since"
          description={`In your time zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`}
          value={since}
          onChange={({ currentTarget }) => setSince(currentTarget.value)}
          error={problems.since ?? problems.until}
          disabled={!allowed}
          maw={260}
        />
        <Group gap="xs" role="group" aria-label="Since">
          {presets.map(([label, hours]) => (
            <Button
              key={label}
              size="compact-sm"
              variant="default"
              disabled={!allowed}
              onClick={() => setSince(hoursAgo(hours))}
            >
              Last {label}
            </Button>
          ))}
        </Group>
        <Outcomes value={wanted} onChange={setWanted} disabled={!allowed} error={problems.outcomes} />
        <Problem error={recover.error} shownFields={['since', 'until', 'outcomes']} />
        <Group gap="sm">
          <Button
            type="submit"
            variant="default"
            leftSection={<Icon name="repeat" size={16} />}
            loading={recover.isPending}
            disabled={!allowed || from === undefined || wanted.length === 0}
          >
            Recover
          </Button>
          {webhook.status !== 'active' && (
            <Text size="sm" c="dimmed">
              The deliveries are held until you resume the webhook.
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Outcomes({
  value,
  onChange,
  disabled,
  error,
}: {
  readonly value: readonly Outcome[];
  readonly onChange: (value: readonly Outcome[]) => void;
  readonly disabled: boolean;
  readonly error: string | undefined;
}) {
  const toggle = (outcome: Outcome) =>
    onChange(value.includes(outcome) ? value.filter((each) => each !== outcome) : [...value, outcome]);
  return (
    <Input.Wrapper label="Deliveries" labelElement="div" error={error}>
      <Group gap="lg" mt={4} role="group" aria-label="Deliveries">
        {outcomes.map(([outcome, label, description]) => (
          <Checkbox
            key={outcome}
            label={label}
            description={description}
            checked={value.includes(outcome)}
            disabled={disabled}
            onChange={() => toggle(outcome)}
          />
        ))}
      </Group>
    </Input.Wrapper>
  );
}
