import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { PlainOperation, Request, Responses } from './client.ts';
import { request } from './client.ts';

/*
 * Every read is a query with the key `[operation, request]`, so that a change can invalidate queries by operation.
 */

export interface ReadOptions<O extends PlainOperation> {
  readonly enabled?: boolean;
  /** Milliseconds between reads, or a function of the last response (undefined: none yet). Default: no polling. */
  readonly refetchInterval?: number | ((answer: Responses[O] | undefined) => number | false);
}

export function useRead<O extends PlainOperation>(operation: O, given: Request<O>, options: ReadOptions<O> = {}) {
  const { enabled = true, refetchInterval: interval = false } = options;
  return useQuery<Responses[O]>({
    queryKey: [operation, given as unknown],
    queryFn: ({ signal }) => request(operation, given, signal),
    enabled,
    refetchInterval: typeof interval === 'function' ? ({ state }) => interval(state.data) : interval,
  });
}

interface PageOf<Item> {
  readonly data: readonly Item[];
  readonly next_cursor: string | null;
}

/** Operations that return a page of a list. */
type ListOperation = { [O in PlainOperation]: Responses[O] extends PageOf<unknown> ? O : never }[PlainOperation];

type Item<O extends ListOperation> = Responses[O]['data'][number];

export interface ListOptions {
  /** Default: 25. */
  readonly pageSize?: number;
  readonly enabled?: boolean;
}

/** Reads a list page by page. `items` holds the items of all pages read so far; `<More>` reads the next. */
export function useList<O extends ListOperation>(operation: O, given: Request<O>, options: ListOptions = {}) {
  const { pageSize: limit = 25, enabled = true } = options;
  const query = useInfiniteQuery({
    queryKey: [operation, given as unknown, 'pages'],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const { query: own } = given as { readonly query?: object };
      const paged = { ...given, query: { ...own, limit, cursor } } as Request<O>;
      return (await request(operation, paged, signal)) as PageOf<Item<O>>;
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    enabled,
  });
  return { ...query, items: query.data?.pages.flatMap(({ data }) => data) };
}

/**
 * A mutation: `mutate(request)`. On success it invalidates the queries of the operations in `invalidates`; default:
 * everything about webhooks and their logs.
 */
export function useChange<O extends PlainOperation>(operation: O, { invalidates = aboutWebhooks }: ChangeOptions = {}) {
  const invalidate = useInvalidate();
  return useMutation<Responses[O], Error, Request<O>>({
    mutationFn: (given) => request(operation, given),
    onSuccess: () => invalidate(invalidates),
  });
}

/** Invalidates the queries of operations: those on screen are read again. */
export function useInvalidate() {
  const client = useQueryClient();
  return useCallback(
    (operations: readonly PlainOperation[]) => {
      const outdated = new Set<unknown>(operations);
      void client.invalidateQueries({ predicate: ({ queryKey }) => outdated.has(queryKey[0]) });
    },
    [client],
  );
}

export interface ChangeOptions {
  readonly invalidates?: readonly PlainOperation[];
}

export const aboutWebhooks: readonly PlainOperation[] = [
  'listWebhooks',
  'getWebhook',
  'getWebhookSecret',
  'getBacklog',
  'listAttempts',
  'listDeliveries',
  'listEventDeliveries',
  'getWebhookStatistics',
  'listJobs',
  'listEvents',
  'getEvent',
];

/** The catalogue. It does not change while the server runs. */
export function useProviders() {
  return useQuery({
    queryKey: ['listProviders', {}],
    queryFn: ({ signal }) => request('listProviders', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    select: ({ data }) => data,
  });
}
