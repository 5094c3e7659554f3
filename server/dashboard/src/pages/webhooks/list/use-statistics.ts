import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { request } from '../../../api/client.ts';
import type { Statistics } from '../../../api/resources.ts';

/** As many as a page of the list has, so that a further page asks for its own alone. */
const atOnce = 25;

const everyMs = 30_000;

/** Numbers of the last 24 hours, by webhook; those on their way are not there yet. */
export function useStatistics(ids: readonly string[]): ReadonlyMap<string, Statistics> {
  const chunks = Array.from({ length: Math.ceil(ids.length / atOnce) }, (_, index) =>
    ids.slice(index * atOnce, (index + 1) * atOnce).join(','),
  );
  return useQueries({
    queries: chunks.map((chunk) => ({
      queryKey: ['getWebhookStatistics', { query: { ids: chunk } }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request('getWebhookStatistics', { query: { ids: chunk } }, signal),
      refetchInterval: everyMs,
      placeholderData: keepPreviousData,
    })),
    combine: (answers) =>
      new Map(answers.flatMap(({ data }) => data?.data ?? []).map((each) => [each.webhook_id, each])),
  });
}
