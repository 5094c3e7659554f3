import { CloseButton, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useChange } from '../../api/queries.ts';
import type { Attempt, Provider } from '../../api/resources.ts';
import { Outcome } from '../../parts/badges.tsx';
import { duration } from '../../parts/date-time.tsx';
import { responseText } from '../../parts/http-status.ts';
import { eventLabel } from '../../parts/names.ts';
import { Problem } from '../../parts/problem.tsx';
import { ResponseBody } from '../../parts/response-body.tsx';

/** Sends samples, and holds the result of the last one. */
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

/** The result of the last test. */
export function TestResult({
  testing: { pending, error, result, close },
  provider,
}: {
  readonly testing: Testing;
  readonly provider: Provider | undefined;
}) {
  return (
    <>
      {/* Rendered while empty: screen readers announce changes to an existing live region. */}
      <VisuallyHidden role="status">
        {pending && waiting}
        {result && !pending && `Test ${result.outcome}: ${summary(result)}`}
      </VisuallyHidden>
      {pending && (
        <Text size="sm" className="later" aria-hidden="true">
          {waiting}
        </Text>
      )}
      <Problem error={error} title="Could not send the test" />
      {result && !pending && <Result key={result.id} attempt={result} provider={provider} onClose={close} />}
    </>
  );
}

const waiting = 'Sending a sample and waiting for the response.';

function summary({ status_code, duration_ms }: Attempt): string {
  return `${responseText(status_code)}, ${duration(duration_ms)}`;
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
    <Paper component="section" withBorder p="md" aria-label="Test result">
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
        <CloseButton aria-label="Close the test result" onClick={onClose} />
      </Group>
      <Stack gap="xs" mt="xs">
        <ResponseBody error={error} response={response} />
        <Text size="sm" c="dimmed">
          The log below shows it with the full request.
        </Text>
      </Stack>
    </Paper>
  );
}
