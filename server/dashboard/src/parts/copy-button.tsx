import { ActionIcon, Button } from '@mantine/core';
import { useState } from 'react';
import { explain } from '../api/problems.ts';
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
      await write(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch (error) {
      const why =
        error instanceof DOMException
          ? 'The browser does not allow it. Select the text and copy it by hand.'
          : explain(error);
      toast({ kind: 'problem', text: `${label} could not be copied. ${why}` });
    }
  };
  return { copied, copy: () => void copy() };
}

/** At once, also what has to be fetched first: some browsers allow it only while the click is being handled. */
async function write(text: CopyProps['text']): Promise<void> {
  if (typeof text === 'string') return navigator.clipboard.writeText(text);
  const fetched = text();
  const blob = fetched.then((value) => new Blob([value], { type: 'text/plain' }));
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]).catch(async (error: unknown) => {
    // What kept it from being fetched says more than that there was nothing to copy.
    await fetched;
    throw error;
  });
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
