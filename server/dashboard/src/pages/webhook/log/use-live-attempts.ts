import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { streamUrl } from '../../../api/client.ts';
import { useInvalidate, useRead } from '../../../api/queries.ts';
import type { Attempt } from '../../../api/resources.ts';
import type { StreamState } from './attempt-stream.ts';
import { followAttempts } from './attempt-stream.ts';

/** Attempts that the server keeps per webhook. */
export const keptAttempts = 100;

/** Polling interval of the log. A live stream is polled as well, as a dead connection can go unnoticed. */
const pollMs = { disconnected: 10_000, live: 60_000 } as const;

/** Delay before the data that attempts change is refreshed. */
const refreshMs = 1000;

const changedByAttempts = ['getWebhook', 'getBacklog', 'getWebhookStatistics', 'listDeliveries'] as const;

export interface LiveAttempts {
  /** Newest first; undefined while loading. */
  readonly attempts: readonly Attempt[] | undefined;
  readonly list: { readonly error: unknown; readonly isError: boolean; readonly refetch: () => unknown };
  readonly state: StreamState | 'paused';
  /** Arrival time in Unix milliseconds, by id, of attempts that came over the stream. */
  readonly arrivals: ReadonlyMap<string, number>;
  readonly setPaused: (paused: boolean) => void;
}

/** A webhook's latest attempts, updated live. */
export function useLiveAttempts(id: string): LiveAttempts {
  const given = useMemo(() => ({ params: { id }, query: { limit: keptAttempts } }), [id]);
  const [paused, setPaused] = useState(false);
  const [state, setState] = useState<StreamState>('connecting');
  const [arrived, setArrived] = useState<readonly Arrival[]>([]);
  const client = useQueryClient();
  const refetchInterval = pollMs[state === 'live' ? 'live' : 'disconnected'];
  const list = useRead('listAttempts', given, paused ? {} : { refetchInterval });

  useEffect(() => {
    if (paused) return;
    setState('connecting');
    return followAttempts(streamUrl({ id }), {
      onState: setState,
      onOpen: () => void client.invalidateQueries({ queryKey: ['listAttempts', given] }),
      onAttempts(attempts) {
        const at = Date.now();
        setArrived((before) => [...attempts.map((attempt) => ({ attempt, at })), ...before].slice(0, keptAttempts));
      },
    });
  }, [id, given, paused, client]);

  const read = list.data?.data;
  const attempts = useMemo(() => read && merged(read, arrived), [read, arrived]);
  useRefresh(attempts);
  const arrivals = useMemo(() => new Map(arrived.map(({ attempt, at }) => [attempt.id, at])), [arrived]);
  return { attempts, list, state: paused ? 'paused' : state, arrivals, setPaused };
}

/** Refreshes the data that attempts change, whether they came over the stream or by polling. */
function useRefresh(attempts: readonly Attempt[] | undefined): void {
  const invalidate = useInvalidate();
  const refreshing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const some = attempts !== undefined && attempts.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs whenever the attempts change
  useEffect(() => {
    if (!some) return;
    refreshing.current ??= setTimeout(() => {
      refreshing.current = undefined;
      invalidate(changedByAttempts);
    }, refreshMs);
  }, [attempts, some, invalidate]);
  useEffect(() => {
    return () => {
      clearTimeout(refreshing.current);
      refreshing.current = undefined;
    };
  }, []);
}

interface Arrival {
  readonly attempt: Attempt;
  readonly at: number;
}

/** The streamed attempts can be newer than the read ones. Ids sort by time. */
function merged(read: readonly Attempt[], arrived: readonly Arrival[]): readonly Attempt[] {
  const all = new Map([...arrived.map(({ attempt }) => attempt), ...read].map((attempt) => [attempt.id, attempt]));
  return [...all.values()].sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, keptAttempts);
}
