import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyIcon } from './copy-button.tsx';

/** Preformatted text such as a body or a command. */
export function CodeBlock({
  label,
  text,
  copies = text,
  wraps = false,
  aside,
}: {
  /** Title; also completes "Copy …". */
  readonly label: string;
  readonly text: string;
  /** Text to copy. Default: the text shown. */
  readonly copies?: string;
  /** True: wraps long lines. Default: scrolls them. */
  readonly wraps?: boolean;
  /** Shown beside the copy button. */
  readonly aside?: ReactNode;
}) {
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <Group gap={4}>
          {aside}
          <CopyIcon text={copies} label={label} />
        </Group>
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section className="code" tabIndex={0} aria-label={label}>
        <pre className={wraps ? 'wraps' : undefined}>{text === '' ? '(empty)' : text}</pre>
      </section>
    </div>
  );
}

/** Indents JSON; returns other text unchanged. */
export function readableJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
