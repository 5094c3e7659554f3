import { Group, Paper, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Trial } from '../../../api/resources.ts';
import { Outcome } from '../../../parts/badges.tsx';
import { CodeBlock } from '../../../parts/code-block.tsx';
import { duration } from '../../../parts/date-time.tsx';
import { Disclosure } from '../../../parts/disclosure.tsx';
import { statusText } from '../../../parts/http-status.ts';
import { MessageBody } from '../../../parts/message-body.tsx';
import { ResponseBody } from '../../../parts/response-body.tsx';
import { headerLines } from './header-lines.ts';

/** The response to a test of an unsaved webhook, in a live region that exists before it, so that it is announced. */
export function TrialResult({ trial }: { readonly trial: Trial | undefined }) {
  return (
    <>
      <div role="status">
        {trial && (
          <Group gap="sm" mt="sm">
            <Text fw={600}>Test result</Text>
            <Outcome outcome={trial.outcome} />
            <Text size="sm">
              {trial.status_code === null ? 'No response' : `Status ${statusText(trial.status_code)}`} in{' '}
              {duration(trial.duration_ms)}
            </Text>
          </Group>
        )}
      </div>
      {trial && <Details trial={trial} />}
    </>
  );
}

function Details({ trial: { request, response, error } }: { readonly trial: Trial }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Newer browsers return a promise, which an effect must not return.
    void box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <Paper withBorder p="md" mt="sm" ref={box}>
      <Stack gap="sm">
        <ResponseBody error={error} response={response} />
        <Disclosure label="Request sent">
          <Stack gap="sm">
            <CodeBlock label="Headers" text={headerLines(request.headers)} wraps />
            <MessageBody label="Body" text={request.body} />
          </Stack>
        </Disclosure>
      </Stack>
    </Paper>
  );
}
