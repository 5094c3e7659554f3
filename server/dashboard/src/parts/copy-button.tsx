import { ActionIcon, Button } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../shell/icons.tsx';
import { toast } from './toasts.tsx';

interface CopyProps {
  /** What is copied, or how to get it. */
  readonly text: string | (() => Promise<string>);
  /** What it is, as in "Copy signing secret". */
  readonly label: string;
}

function useCopy({ text, label }: CopyProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      toast({
        kind: 'problem',
        text: `${label} could not be copied: the browser does not allow it. Select the text and copy it by hand.`,
      });
    }
  };
  return { copied, copy: () => void copy() };
}

/** A small button beside a value that copies it. */
export function CopyIcon(props: CopyProps) {
  const { copied, copy } = useCopy(props);
  return (
    <ActionIcon
      variant="subtle"
      color={copied ? 'green' : 'gray'}
      aria-label={copied ? 'Copied' : `Copy ${props.label}`}
      onClick={copy}
    >
      <Icon name={copied ? 'check' : 'copy'} />
    </ActionIcon>
  );
}

/** A button that says what it copies. */
export function CopyButton({ size = 'xs', ...props }: CopyProps & { readonly size?: string }) {
  const { copied, copy } = useCopy(props);
  return (
    <Button
      size={size}
      variant="default"
      leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
      onClick={copy}
    >
      {copied ? 'Copied' : `Copy ${props.label}`}
    </Button>
  );
}
