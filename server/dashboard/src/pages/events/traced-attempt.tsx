import { Collapse, Group, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import type { Attempt } from '../../api/resources.ts';
import { AttemptDetail } from '../../parts/attempt-detail.tsx';
import { Outcome } from '../../parts/badges.tsx';
import { DateTime, duration } from '../../parts/date-time.tsx';
import { Icon } from '../../shell/icons.tsx';

/** An attempt on the timeline; expands to its details. */
export function TracedAttempt({ attempt, url }: { readonly attempt: Attempt; readonly url: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <li>
      <UnstyledButton aria-expanded={opened} onClick={() => setOpened(!opened)} className="row-button">
        <Group gap="xs">
          <Icon name={opened ? 'down' : 'forward'} size={14} />
          <Text size="sm" fw={600}>
            Attempt {attempt.number}
          </Text>
          <Outcome outcome={attempt.outcome} />
          {attempt.status_code !== null && <Text size="sm">{attempt.status_code}</Text>}
          <Text size="sm" c="dimmed">
            {duration(attempt.duration_ms)} · <DateTime at={attempt.started_at} />
          </Text>
        </Group>
      </UnstyledButton>
      {attempt.error && !opened && (
        <Text size="sm" c="dimmed" className="breaks" pl={22}>
          {attempt.error}
        </Text>
      )}
      <Collapse expanded={opened}>{opened && <AttemptDetail attempt={attempt} url={url} />}</Collapse>
    </li>
  );
}
