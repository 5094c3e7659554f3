import { Group, Skeleton, Text } from '@mantine/core';
import type { Statistics } from '../../../api/resources.ts';
import { Sparkline, successText } from '../../../parts/sparkline.tsx';

/** Success rate and sparkline of the last 24 hours. */
export function LastDay({ statistics }: { readonly statistics: Statistics | undefined }) {
  if (!statistics) return <Skeleton height={30} width={120} className="later" />;
  if (statistics.delivered + statistics.failed + statistics.throttled === 0) {
    return (
      <Text size="sm" c="dimmed">
        No attempts yet
      </Text>
    );
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" className="rate">
        {successText(statistics)}
      </Text>
      <Sparkline statistics={statistics} />
    </Group>
  );
}
