import { Button, Group, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { CodeBlock, readableJson } from './code-block.tsx';

/** Characters shown initially, because a browser is slow to render more. */
const shownAtFirst = 20_000;

/** The body of a request or response: JSON indented or raw; a long body is expanded on request. */
export function MessageBody({
  label,
  text,
  truncated = false,
}: {
  readonly label: string;
  readonly text: string;
  /** True if the body was longer than what is stored. */
  readonly truncated?: boolean;
}) {
  const [raw, setRaw] = useState(false);
  const [whole, setWhole] = useState(false);
  const readable = useMemo(() => readableJson(text), [text]);
  const wanted = raw ? text : readable;
  const shown = whole ? wanted : firstPart(wanted);
  return (
    <Stack gap="xs">
      <CodeBlock
        label={label}
        text={shown}
        copies={wanted}
        wraps
        aside={
          readable !== text && (
            <Button
              size="compact-xs"
              variant={raw ? 'light' : 'subtle'}
              aria-pressed={raw}
              aria-label={`Raw: ${label.toLowerCase()} as received, without formatting`}
              onClick={() => setRaw(!raw)}
            >
              Raw
            </Button>
          )
        }
      />
      {shown.length < wanted.length && (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            Showing the first {shown.length.toLocaleString()} of {wanted.length.toLocaleString()} characters.
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
            Show all
          </Button>
        </Group>
      )}
      {truncated && (
        <Text size="sm" c="dimmed">
          Truncated: only the start of the body was stored.
        </Text>
      )}
    </Stack>
  );
}

/** Does not cut a surrogate pair in half. */
function firstPart(text: string): string {
  if (text.length <= shownAtFirst) return text;
  const part = text.slice(0, shownAtFirst);
  return /[\ud800-\udbff]$/.test(part) ? part.slice(0, -1) : part;
}
