import { CloseButton, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useChange } from '../../api/queries.ts';
import type { Attempt, Provider } from '../../api/resources.ts';
import { Outcome } from '../../parts/badges.tsx';
import { duration } from '../../parts/date-time.tsx';
import { statusText } from '../../parts/http-status.ts';
import { MessageBody } from '../../parts/message-body.tsx';
import { Problem } from '../../parts/problem.tsx';
import { eventTypeOf } from './words.ts';

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
  return `${status_code === null ? 'no answer' : statusText(status_code)}, ${duration(duration_ms)}`;
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
            {eventTypeOf(provider, event)?.label ?? event}: {summary(attempt)}
          </Text>
        </Group>
        <CloseButton aria-label="Close the result of the test" onClick={onClose} />
      </Group>
      <Stack gap="xs" mt="xs">
        {error && (
          <Text size="sm" className="breaks">
            {error}
          </Text>
        )}
        {response && <MessageBody label="Response body" text={response.body} truncated={response.truncated} />}
        <Text size="sm" c="dimmed">
          It is in the log below, with the request as it was sent.
        </Text>
      </Stack>
    </Paper>
  );
}
