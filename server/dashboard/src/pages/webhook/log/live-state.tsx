import { Button, Group, Text } from '@mantine/core';
import { Icon } from '../../../shell/icons.tsx';
import type { LiveAttempts } from './use-live-attempts.ts';

const labels = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  paused: 'Paused',
} as const satisfies Record<LiveAttempts['state'], string>;

/** The state of live updates, and a button that pauses them. */
export function LiveState({ state, setPaused }: Pick<LiveAttempts, 'state' | 'setPaused'>) {
  const paused = state === 'paused';
  return (
    <Group gap="xs">
      <Group gap={6} role="status">
        <span className={state === 'live' ? 'live-dot on' : 'live-dot'} aria-hidden="true" />
        <Text size="sm">{labels[state]}</Text>
      </Group>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Icon name={paused ? 'play' : 'pause'} size={12} />}
        onClick={() => setPaused(!paused)}
      >
        {paused ? 'Resume updates' : 'Pause updates'}
      </Button>
    </Group>
  );
}
