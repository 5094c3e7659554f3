import { Stack, Text, Title } from '@mantine/core';
import { useInterval, useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import type { Provider, Webhook } from '../../../api/resources.ts';
import { counted } from '../../../parts/counted.ts';
import { eventTypeOf } from '../../../parts/names.ts';
import { QueryView } from '../../../parts/query-view.tsx';
import { Section } from '../../../parts/section.tsx';
import { Icon } from '../../../shell/icons.tsx';
import { AttemptCards, AttemptTable } from './attempt-rows.tsx';
import { LiveState } from './live-state.tsx';
import { everything, isNarrowed, LogFilterFields, passes } from './log-filter.tsx';
import type { LiveAttempts } from './use-live-attempts.ts';
import { keptAttempts } from './use-live-attempts.ts';

/** How long a new attempt is highlighted. */
const freshMs = 4000;

const wideScreen = '(min-width: 62em)';

/** The webhook's latest attempts, test and live, updated live. */
export function Log({
  webhook,
  provider,
  live,
  sendTest,
}: {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  readonly live: LiveAttempts;
  /** Shown in an empty log. */
  readonly sendTest: ReactNode;
}) {
  const { attempts, list, arrivals } = live;
  return (
    <Section
      title="Log"
      lead={`The last ${keptAttempts} attempts, test and live.`}
      aside={<LiveState state={live.state} setPaused={live.setPaused} />}
    >
      <QueryView query={{ ...list, data: attempts }} rows={5}>
        {(all) =>
          all.length === 0 ? (
            <NoAttempts sendTest={sendTest} />
          ) : (
            <Attempts webhook={webhook} provider={provider} attempts={all} arrivals={arrivals} />
          )
        }
      </QueryView>
    </Section>
  );
}

function NoAttempts({ sendTest }: { readonly sendTest: ReactNode }) {
  return (
    <Stack align="center" gap="sm" ta="center" py="lg">
      <Icon name="list" size={32} />
      <Title order={3} size="h5">
        No attempts yet
      </Title>
      <Text size="sm" c="dimmed" maw={480}>
        Requests to this webhook appear here immediately, with their responses.
      </Text>
      {sendTest}
    </Stack>
  );
}

function Attempts({
  webhook,
  provider,
  attempts,
  arrivals,
}: {
  readonly webhook: Webhook;
  readonly provider: Provider | undefined;
  readonly attempts: NonNullable<LiveAttempts['attempts']>;
  readonly arrivals: LiveAttempts['arrivals'];
}) {
  const [filter, setFilter] = useState(everything);
  const applied = useDeferredValue(filter);
  const [opened, toggle] = useOpened();
  const minute = useMinute();
  const Rows = useMediaQuery(wideScreen, true, { getInitialValueInEffect: false }) ? AttemptTable : AttemptCards;
  const shown = useMemo(() => attempts.filter((attempt) => passes(applied, attempt)), [attempts, applied]);
  const events = useMemo(
    () => [...new Set([...webhook.events, ...attempts.map(({ event }) => event)])],
    [webhook, attempts],
  );
  const now = Date.now();
  const rows = shown.map((attempt) => ({
    attempt,
    label: eventTypeOf(provider, attempt.event)?.label,
    opened: opened.has(attempt.id),
    fresh: now - (arrivals.get(attempt.id) ?? 0) < freshMs,
  }));
  return (
    <>
      <LogFilterFields filter={filter} onChange={setFilter} events={events} provider={provider} />
      <Text size="sm" c="dimmed" role="status">
        {isNarrowed(applied)
          ? `${shown.length} of ${counted(attempts.length, 'attempt')}`
          : counted(attempts.length, 'attempt')}
      </Text>
      {shown.length === 0 ? (
        <Text size="sm">No matching attempts. Clear the filter to see all of them.</Text>
      ) : (
        <Rows rows={rows} url={webhook.url} minute={minute} onToggle={toggle} />
      )}
    </>
  );
}

/** Ids of the expanded attempts, kept outside the rows, which rotating a phone or filtering unmounts. */
function useOpened() {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((id: string) => {
    setOpened((before) => new Set(before.has(id) ? [...before].filter((each) => each !== id) : [...before, id]));
  }, []);
  return [opened, toggle] as const;
}

/** A number that changes every 30 seconds. */
function useMinute(): number {
  const [count, setCount] = useState(0);
  useInterval(() => setCount((before) => before + 1), 30_000, { autoInvoke: true });
  return count;
}
