import { Skeleton, Stack, Text } from '@mantine/core';

/** A loading state: nothing at first, then a skeleton, after five seconds a message. */
export function Loading({ rows = 3 }: { readonly rows?: number }) {
  return (
    <Stack gap="sm" className="later" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are identical
        <Skeleton key={row} height={44} />
      ))}
      <Text size="sm" c="dimmed" className="slow">
        This is taking longer than usual.
      </Text>
    </Stack>
  );
}

export function LoadingPage() {
  return (
    <Stack gap="lg" maw={1080} className="later">
      <Skeleton height={34} width={220} />
      <Loading rows={5} />
    </Stack>
  );
}
