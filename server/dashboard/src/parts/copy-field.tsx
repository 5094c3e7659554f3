import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyIcon } from './copy-button.tsx';

/** A read-only value with a copy button. */
export function CopyField({
  label,
  value,
  description,
  copyLabel = label,
}: {
  readonly label: string;
  readonly value: string;
  readonly description?: ReactNode;
  /** Completes "Copy …". Default: the label. */
  readonly copyLabel?: string;
}) {
  return (
    <TextInput
      label={label}
      description={description}
      value={value}
      readOnly
      rightSection={<CopyIcon text={value} label={copyLabel} />}
      onFocus={(event) => event.currentTarget.select()}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' } }}
    />
  );
}
