import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { request } from '../../../api/client.ts';
import type { Statistics } from '../../../api/resources.ts';

/** The page size of the list, so that another page adds one request. */
const chunkSize = 25;

const pollMs = 30_000;

/** Statistics of the last 24 hours by webhook id; those still loading are missing. */
export function useStatistics(ids: readonly string[]): ReadonlyMap<string, Statistics> {
  const chunks = Array.from({ length: Math.ceil(ids.length / chunkSize) }, (_, index) =>
    ids.slice(index * chunkSize, (index + 1) * chunkSize).join(','),
  );
  return useQueries({
    queries: chunks.map((chunk) => ({
      queryKey: ['getWebhookStatistics', { query: { ids: chunk } }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        request('getWebhookStatistics', { query: { ids: chunk } }, signal),
      refetchInterval: pollMs,
      placeholderData: keepPreviousData,
    })),
    combine: (answers) =>
      new Map(answers.flatMap(({ data }) => data?.data ?? []).map((each) => [each.webhook_id, each])),
  });
}
