import { Text } from '@mantine/core';
import type { Attempt } from '../api/resources.ts';
import { MessageBody } from './message-body.tsx';

/** What a response meant, if the status does not say it, and its body. */
export function ResponseBody({ error, response }: Pick<Attempt, 'error' | 'response'>) {
  return (
    <>
      {error && (
        <Text size="sm" className="breaks">
          {error}
        </Text>
      )}
      {response && <MessageBody label="Response body" text={response.body} truncated={response.truncated} />}
    </>
  );
}
