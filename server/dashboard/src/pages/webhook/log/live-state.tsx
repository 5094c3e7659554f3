import { Button, Group, Text } from '@mantine/core';
import { Icon } from '../../../shell/icons.tsx';
import type { LiveAttempts } from './use-live-attempts.ts';

const words = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  paused: 'Paused',
} as const satisfies Record<LiveAttempts['state'], string>;

/** Whether the log follows what happens, and the button that keeps it still: nobody can read what moves. */
export function LiveState({ state, setPaused }: Pick<LiveAttempts, 'state' | 'setPaused'>) {
  const paused = state === 'paused';
  return (
    <Group gap="xs">
      <Group gap={6} role="status">
        <span className={state === 'live' ? 'live-dot on' : 'live-dot'} aria-hidden="true" />
        <Text size="sm">{words[state]}</Text>
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
