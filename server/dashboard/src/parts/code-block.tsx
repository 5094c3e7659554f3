import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyIcon } from './copy-button.tsx';

/** Text of a program, such as a body or a command: as it is, never as markup. */
export function CodeBlock({
  label,
  text,
  copies = text,
  wraps = false,
  aside,
}: {
  /** What it is; also as it completes "Copy …". */
  readonly label: string;
  readonly text: string;
  /** What is copied, when that is not what is shown. */
  readonly copies?: string;
  /** Whether long lines are broken. Default: they are scrolled. */
  readonly wraps?: boolean;
  /** Beside the copy button: another way to show it. */
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="code" tabIndex={0} aria-label={label}>
        <pre className={wraps ? 'wraps' : undefined}>{text === '' ? '(empty)' : text}</pre>
      </section>
    </div>
  );
}

/** JSON text with its lines broken for people; text that is none, as it is. */
export function readableJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
