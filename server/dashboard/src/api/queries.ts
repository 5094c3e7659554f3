import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Answered, Answers, Request } from './client.ts';
import { request } from './client.ts';

/*
 * Everything the pages read of the server is a query named `[operation, request]`, so that what changes one thing can say
 * which answers are old by it.
 */

export interface ReadOptions<O extends Answered> {
  readonly enabled?: boolean;
  /** Milliseconds after which it is read anew; or says so by what was read, undefined: nothing was. Default: not. */
  readonly refetchInterval?: number | ((answer: Answers[O] | undefined) => number | false);
}

/** Reads an operation's answer. */
export function useRead<O extends Answered>(operation: O, given: Request<O>, options: ReadOptions<O> = {}) {
  const { enabled = true, refetchInterval: interval = false } = options;
  return useQuery<Answers[O]>({
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

/** Operations that list, a page at a time. */
type Listing = { [O in Answered]: Answers[O] extends PageOf<unknown> ? O : never }[Answered];

type Item<O extends Listing> = Answers[O]['data'][number];

export interface ListOptions {
  /** Default: 25. */
  readonly pageSize?: number;
  readonly enabled?: boolean;
}

/** Reads a list page by page; `items` are those of all pages that were asked for, and `<More>` asks for the next. */
export function useList<O extends Listing>(operation: O, given: Request<O>, options: ListOptions = {}) {
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
 * Changes something: `mutate(request)`. When it has, the answers of the operations in `outdates` are read anew where they
 * are shown; default: everything about webhooks and their logs.
 */
export function useChange<O extends Answered>(operation: O, { outdates = aboutWebhooks }: ChangeOptions = {}) {
  const outdate = useOutdate();
  return useMutation<Answers[O], Error, Request<O>>({
    mutationFn: (given) => request(operation, given),
    onSuccess: () => outdate(outdates),
  });
}

/** Says that what these operations answered is old: it is read anew where it is shown. */
export function useOutdate() {
  const client = useQueryClient();
  return useCallback(
    (operations: readonly Answered[]) => {
      const outdated = new Set<unknown>(operations);
      void client.invalidateQueries({ predicate: ({ queryKey }) => outdated.has(queryKey[0]) });
    },
    [client],
  );
}

export interface ChangeOptions {
  readonly outdates?: readonly Answered[];
}

export const aboutWebhooks: readonly Answered[] = [
  'listWebhooks',
  'getWebhook',
  'getWebhookSecret',
  'getBacklog',
  'listAttempts',
  'listDeliveries',
  'getWebhookStatistics',
  'listJobs',
  'listEvents',
  'getEvent',
];

/** The catalogue, which does not change while the server runs. */
export function useProviders() {
  return useQuery({
    queryKey: ['listProviders', {}],
    queryFn: ({ signal }) => request('listProviders', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    select: ({ data }) => data,
  });
}
