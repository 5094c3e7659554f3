import { Group, Paper, Stack, Text } from '@mantine/core';
import type { Trial } from '../../api/resources.ts';
import { AnswerBody } from '../../parts/answer-body.tsx';
import { Outcome } from '../../parts/badges.tsx';
import { duration } from '../../parts/date-time.tsx';
import { statusText } from '../../parts/http-status.ts';

/** What a receiver answered to a sample. */
export type Answered = Pick<Trial, 'outcome' | 'status_code' | 'duration_ms' | 'error' | 'response'>;

export function Answer({
  result,
  pending,
  about,
}: {
  readonly result: Answered | undefined;
  readonly pending: boolean;
  /** What was sent, as it begins a sentence. */
  readonly about: string;
}) {
  return (
    <>
      {/* There before it says something: screen readers tell what changes in it. */}
      <div role="status">
        {pending && (
          <Text size="sm" className="later">
            Waiting for the answer.
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

function sentence(about: string, { status_code, duration_ms }: Answered): string {
  const answer = status_code === null ? 'got no answer' : `was answered ${statusText(status_code)}`;
  return `${about} ${answer}, after ${duration(duration_ms)}.`;
}

function Details({ result: { error, response } }: { readonly result: Answered }) {
  if (!error && !response) return null;
  return (
    <Paper withBorder p="sm" className="shrinks">
      <Stack gap="xs">
        <AnswerBody error={error} response={response} />
      </Stack>
    </Paper>
  );
}
