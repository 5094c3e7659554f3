import { Group, Paper, Stack, Text } from '@mantine/core';
import type { Trial } from '../../api/resources.ts';
import { Outcome } from '../../parts/badges.tsx';
import { duration } from '../../parts/date-time.tsx';
import { statusText } from '../../parts/http-status.ts';
import { ResponseBody } from '../../parts/response-body.tsx';

/** The receiver's response to a sample. */
export type TrialOutcome = Pick<Trial, 'outcome' | 'status_code' | 'duration_ms' | 'error' | 'response'>;

export function TrialResponse({
  result,
  pending,
  about,
}: {
  readonly result: TrialOutcome | undefined;
  readonly pending: boolean;
  /** What was sent: the subject of the sentence. */
  readonly about: string;
}) {
  return (
    <>
      {/* Rendered while empty: screen readers announce changes to an existing live region. */}
      <div role="status">
        {pending && (
          <Text size="sm" className="later">
            Waiting for the response.
          </Text>
        )}
        {result && !pending && (
          <Group gap="xs">
            <Outcome outcome={result.outcome} />
            <Text size="sm">{sentence(about, result)}</Text>
          </Group>
        )}
      </div>
      {result && !pending && <Details result={result} />}
    </>
  );
}

function sentence(about: string, { status_code, duration_ms }: TrialOutcome): string {
  const response = status_code === null ? 'got no response' : `got ${statusText(status_code)}`;
  return `${about} ${response} after ${duration(duration_ms)}.`;
}

function Details({ result: { error, response } }: { readonly result: TrialOutcome }) {
  if (!error && !response) return null;
  return (
    <Paper withBorder p="sm" className="shrinks">
      <Stack gap="xs">
        <ResponseBody error={error} response={response} />
      </Stack>
    </Paper>
  );
}
