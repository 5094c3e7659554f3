import { Skeleton, Stack, Text } from '@mantine/core';

/** Shown while something is on its way: nothing at first, then its outline, after five seconds a word. */
export function Loading({ rows = 3 }: { readonly rows?: number }) {
  return (
    <Stack gap="sm" className="later" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={row} height={44} />
      ))}
      <Text size="sm" c="dimmed" className="slow">
        This takes longer than usual. It goes on by itself.
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
