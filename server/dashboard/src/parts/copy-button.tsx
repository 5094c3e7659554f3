import { ActionIcon, Button } from '@mantine/core';
import { useState } from 'react';
import { explain } from '../api/problems.ts';
import { Icon } from '../shell/icons.tsx';
import { toast } from './toasts.tsx';

interface CopyProps {
  /** The text to copy, or a function that fetches it. */
  readonly text: string | (() => Promise<string>);
  /** Completes "Copy …". */
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
          ? 'The browser does not allow it. Select the text and copy it manually.'
          : explain(error);
      toast({ kind: 'problem', text: `Could not copy ${label}. ${why}` });
    }
  };
  return { copied, copy: () => void copy() };
}

/** Called without awaiting the fetch first: some browsers allow copying only while they handle the click. */
async function write(text: CopyProps['text']): Promise<void> {
  if (typeof text === 'string') return navigator.clipboard.writeText(text);
  const fetched = text();
  const blob = fetched.then((value) => new Blob([value], { type: 'text/plain' }));
  await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]).catch(async (error: unknown) => {
    // Report why the fetch failed, if it did, rather than that there was nothing to copy.
    await fetched;
    throw error;
  });
}

/** An icon button that copies the value beside it. */
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

/** A labelled copy button. */
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
