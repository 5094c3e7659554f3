import { Group, Text } from '@mantine/core';
import { CopyIcon } from './copy-button.tsx';

/** Text of a program, such as a body or a command: as it is, never as markup. */
export function CodeBlock({
  label,
  text,
  wraps = false,
}: {
  /** What it is; also as it completes "Copy …". */
  readonly label: string;
  readonly text: string;
  /** Whether long lines are broken. Default: they are scrolled. */
  readonly wraps?: boolean;
}) {
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <CopyIcon text={text} label={label} />
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
