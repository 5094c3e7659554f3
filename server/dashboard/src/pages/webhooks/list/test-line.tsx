import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import { explain } from '../../../api/problems.ts';
import { Outcome } from '../../../parts/badges.tsx';
import { duration } from '../../../parts/date-time.tsx';
import type { Test } from './row-actions.tsx';

/** The result of a test, in a live region that exists before it, so that it is announced. */
export function TestLine({ id, test }: { readonly id: string; readonly test: Test }) {
  return (
    <div role="status">
      {test.isPending && (
        <Text size="sm" c="dimmed" mt="xs" className="later">
          Waiting for the response…
        </Text>
      )}
      {test.isError && (
        <Text size="sm" c="var(--mantine-color-error)" mt="xs" className="breaks">
          Could not send the test. {explain(test.error)}
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
        {status === null ? 'no response' : `status ${status}`} in {duration(milliseconds)}
        {error && outcome !== 'delivered' ? `. ${error}` : ''}
      </Text>
      <Anchor component={Link} href={`/webhooks/${id}`} size="sm">
        View log
      </Anchor>
    </Group>
  );
}
