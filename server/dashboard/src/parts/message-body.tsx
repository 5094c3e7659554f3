import { Button, Group, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { CodeBlock, readableJson } from './code-block.tsx';

/** Characters shown at first: a browser takes long over more, and nobody reads them. */
const shownAtFirst = 20_000;

/** The body of a request or a response: JSON with its lines broken, or as it came; a long one in two steps. */
export function MessageBody({
  label,
  text,
  truncated = false,
}: {
  readonly label: string;
  readonly text: string;
  /** Whether it went on beyond what is known of it. */
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
              aria-label={`Raw: ${label.toLowerCase()} as it came, without added line breaks`}
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
            These are the first {shown.length.toLocaleString()} of {wanted.length.toLocaleString()} characters.
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
            Show all of it
          </Button>
        </Group>
      )}
      {truncated && (
        <Text size="sm" c="dimmed">
          Truncated: the body went on, and only this beginning of it was kept.
        </Text>
      )}
    </Stack>
  );
}

/** Not between the two halves of a character. */
function firstPart(text: string): string {
  if (text.length <= shownAtFirst) return text;
  const part = text.slice(0, shownAtFirst);
  return /[\ud800-\udbff]$/.test(part) ? part.slice(0, -1) : part;
}
