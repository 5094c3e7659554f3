import { Anchor, Button, Code, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { useChange } from '../api/queries.ts';
import type { Attempt } from '../api/resources.ts';
import { useAllowed } from '../session/session.tsx';
import { Icon } from '../shell/icons.tsx';
import { CodeBlock } from './code-block.tsx';
import { CopyButton, CopyIcon } from './copy-button.tsx';
import { curlCommand } from './curl.ts';
import { headerLines } from './header-lines.ts';
import { MessageBody } from './message-body.tsx';
import { Problem } from './problem.tsx';
import { toast } from './toasts.tsx';

/**
 * An attempt in full: the request as sent, the response, and actions. Everything is rendered as text, so that neither a
 * receiver nor an event can inject markup.
 */
export function AttemptDetail({
  attempt,
  url,
}: {
  readonly attempt: Attempt;
  /** The webhook's URL, for "Copy as cURL". */
  readonly url: string;
}) {
  const { request, response, error } = attempt;
  return (
    <Stack gap="md" py="xs" className="shrinks">
      {error && (
        <Text size="sm" fw={600} className="breaks">
          {error}
        </Text>
      )}
      <Actions attempt={attempt} url={url} />
      {request.truncated ? (
        <Text size="sm" c="dimmed">
          What was sent and received is too large for this page. The webhook's log shows it.
        </Text>
      ) : (
        <Messages request={request} response={response} />
      )}
      <Ids attempt={attempt} />
    </Stack>
  );
}

function Messages({ request, response }: Pick<Attempt, 'request' | 'response'>) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Stack gap="md" className="shrinks">
        {response ? (
          <>
            <MessageBody label="Response body" text={response.body} truncated={response.truncated} />
            <CodeBlock label="Response headers" text={headerLines(response.headers)} wraps />
          </>
        ) : (
          <Text size="sm" c="dimmed">
            No response, or only part of one, was received.
          </Text>
        )}
      </Stack>
      <Stack gap="md" className="shrinks">
        <MessageBody label="Request body" text={request.body} />
        <CodeBlock label="Request headers" text={headerLines(request.headers)} wraps />
      </Stack>
    </SimpleGrid>
  );
}

function Actions({ attempt, url }: { readonly attempt: Attempt; readonly url: string }) {
  const allowed = useAllowed('webhooks:write');
  const replay = useChange('replayDelivery');
  const [location] = useLocation();
  const trace = `/events/${attempt.event_id}`;
  const send = () =>
    replay.mutate(
      { params: { id: attempt.delivery_id } },
      { onSuccess: () => toast({ kind: 'done', text: 'Replaying the delivery. Its attempt will appear in the log.' }) },
    );
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="repeat" size={14} />}
          disabled={!allowed}
          loading={replay.isPending}
          onClick={send}
        >
          Replay
        </Button>
        {!attempt.request.truncated && <CopyButton text={curlCommand(url, attempt.request)} label="as cURL" />}
        {location !== trace && (
          <Anchor component={Link} href={trace} size="sm">
            Trace this event
          </Anchor>
        )}
      </Group>
      {!allowed && (
        <Text size="sm" c="dimmed">
          Replay requires the webhooks:write scope.
        </Text>
      )}
      <Problem error={replay.error} title="The delivery was not replayed" />
    </Stack>
  );
}

function Ids({ attempt }: { readonly attempt: Attempt }) {
  const ids = [
    ['Attempt', attempt.id],
    ['Delivery', attempt.delivery_id],
    ['Event', attempt.event_id],
  ] as const;
  return (
    <Group gap="md" component="dl" m={0}>
      {ids.map(([what, id]) => (
        <Group key={what} gap={4} className="shrinks">
          <Text component="dt" size="xs" c="dimmed">
            {what}
          </Text>
          <Group component="dd" gap={2} m={0} wrap="nowrap" className="shrinks">
            <Code className="breaks">{id}</Code>
            <CopyIcon text={id} label={`${what.toLowerCase()} ID`} />
          </Group>
        </Group>
      ))}
    </Group>
  );
}
