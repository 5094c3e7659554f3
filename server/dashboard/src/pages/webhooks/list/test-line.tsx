import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import { explain } from '../../../api/problems.ts';
import { Outcome } from '../../../parts/badges.tsx';
import { duration } from '../../../parts/date-time.tsx';
import type { Test } from './row-actions.tsx';

/** What a test came to, beside the webhook it was sent to. The region is there before it, so that it is read out. */
export function TestLine({ id, test }: { readonly id: string; readonly test: Test }) {
  return (
    <div role="status">
      {test.isPending && (
        <Text size="sm" c="dimmed" mt="xs" className="later">
          Waiting for an answer…
        </Text>
      )}
      {test.isError && (
        <Text size="sm" c="var(--mantine-color-error)" mt="xs" className="breaks">
          The test was not sent. {explain(test.error)}
        </Text>
      )}
      {test.isSuccess && <Result id={id} attempt={test.data} />}
    </div>
  );
}

function Result({ id, attempt }: { readonly id: string; readonly attempt: NonNullable<Test['data']> }) {
  const { outcome, status_code: status, duration_ms: milliseconds, error } = attempt;
  return (
    <Group gap="xs" mt="xs">
      <Text size="sm">Test:</Text>
      <Outcome outcome={outcome} />
      <Text size="sm" className="breaks">
        {status === null ? 'no answer' : `status ${status}`} in {duration(milliseconds)}
        {error && outcome !== 'delivered' ? `. ${error}` : ''}
      </Text>
      <Anchor component={Link} href={`/webhooks/${id}`} size="sm">
        See the log
      </Anchor>
    </Group>
  );
}
