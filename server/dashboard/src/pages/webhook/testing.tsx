import { CloseButton, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useChange } from '../../api/queries.ts';
import type { Attempt, Provider } from '../../api/resources.ts';
import { AnswerBody } from '../../parts/answer-body.tsx';
import { Outcome } from '../../parts/badges.tsx';
import { duration } from '../../parts/date-time.tsx';
import { answerText } from '../../parts/http-status.ts';
import { eventLabel } from '../../parts/names.ts';
import { Problem } from '../../parts/problem.tsx';

/** Sending samples, and what came back of the last one. */
export interface Testing {
  readonly pending: boolean;
  readonly error: unknown;
  readonly result: Attempt | undefined;
  readonly send: (event: string) => void;
  readonly close: () => void;
}

export function useTesting(id: string): Testing {
  const test = useChange('testWebhook');
  return {
    pending: test.isPending,
    error: test.error,
    result: test.data,
    send: (event) => test.mutate({ params: { id }, body: { event } }),
    close: () => test.reset(),
  };
}

/** What a test came to, where it was asked for. */
export function TestResult({
  testing: { pending, error, result, close },
  provider,
}: {
  readonly testing: Testing;
  readonly provider: Provider | undefined;
}) {
  return (
    <>
      {/* There before it says something: screen readers tell what changes in it. */}
      <VisuallyHidden role="status">
        {pending && waiting}
        {result && !pending && `Test ${result.outcome}: ${summary(result)}`}
      </VisuallyHidden>
      {pending && (
        <Text size="sm" className="later" aria-hidden="true">
          {waiting}
        </Text>
      )}
      <Problem error={error} title="The test could not be sent" />
      {result && !pending && <Result key={result.id} attempt={result} provider={provider} onClose={close} />}
    </>
  );
}

const waiting = 'Sending a sample and waiting for the answer.';

function summary({ status_code, duration_ms }: Attempt): string {
  return `${answerText(status_code)}, ${duration(duration_ms)}`;
}

function Result({
  attempt,
  provider,
  onClose,
}: {
  readonly attempt: Attempt;
  readonly provider: Provider | undefined;
  readonly onClose: () => void;
}) {
  const { event, outcome, error, response } = attempt;
  return (
    <Paper component="section" withBorder p="md" aria-label="Result of the test">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Group gap="xs" className="shrinks">
          <Title order={2} size="h4">
            Test
          </Title>
          <Outcome outcome={outcome} />
          <Text size="sm" className="breaks">
            {eventLabel(provider, event)}: {summary(attempt)}
          </Text>
        </Group>
        <CloseButton aria-label="Close the result of the test" onClick={onClose} />
      </Group>
      <Stack gap="xs" mt="xs">
        <AnswerBody error={error} response={response} />
        <Text size="sm" c="dimmed">
          It is in the log below, with the request as it was sent.
        </Text>
      </Stack>
    </Paper>
  );
}
