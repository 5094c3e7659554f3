import { Modal, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { Preview } from '../../../api/resources.ts';
import { CodeBlock } from '../../../parts/code-block.tsx';
import { MessageBody } from '../../../parts/message-body.tsx';
import { headerLines } from './header-lines.ts';

/** The exact request of an event. */
export function PreviewModal({
  preview,
  opened,
  onClose,
  note,
}: {
  readonly preview: Preview;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly note: string | undefined;
}) {
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Preview payload"
      closeButtonProps={{ 'aria-label': 'Close' }}
      size="xl"
      fullScreen={narrow}
    >
      <Stack>
        <Text size="sm" className="breaks">
          {preview.method} {preview.url ?? '(no URL entered yet)'}
        </Text>
        <CodeBlock label="Headers" text={headerLines(preview.headers)} wraps />
        <MessageBody label="Body" text={preview.body} />
        {note && (
          <Text size="sm" c="dimmed">
            {note}
          </Text>
        )}
      </Stack>
    </Modal>
  );
}
