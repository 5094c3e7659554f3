import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { streamUrl } from '../../../api/client.ts';
import { useOutdate, useRead } from '../../../api/queries.ts';
import type { Attempt } from '../../../api/resources.ts';
import type { StreamState } from './attempt-stream.ts';
import { followAttempts } from './attempt-stream.ts';

/** What the log keeps of a webhook. */
export const keptAttempts = 100;

/** How often the log is read: while its stream is not connected, and while it is, as one may be dead without saying so. */
const readEveryMs = { unconnected: 10_000, live: 60_000 } as const;

/** How long what else an attempt changes may be old. */
const refreshMs = 1000;

const changedByAttempts = ['getWebhook', 'getBacklog', 'getWebhookStatistics', 'listDeliveries'] as const;

export interface LiveAttempts {
  /** Newest first; undefined until they are read. */
  readonly attempts: readonly Attempt[] | undefined;
  readonly list: { readonly error: unknown; readonly isError: boolean; readonly refetch: () => unknown };
  readonly state: StreamState | 'paused';
  /** When it came, in milliseconds, for what came while the page was open. */
  readonly arrivals: ReadonlyMap<string, number>;
  readonly setPaused: (paused: boolean) => void;
}

/** A webhook's last attempts, as they are made. */
export function useLiveAttempts(id: string): LiveAttempts {
  const given = useMemo(() => ({ params: { id }, query: { limit: keptAttempts } }), [id]);
  const [paused, setPaused] = useState(false);
  const [state, setState] = useState<StreamState>('connecting');
  const [arrived, setArrived] = useState<readonly Arrival[]>([]);
  const client = useQueryClient();
  const refetchInterval = readEveryMs[state === 'live' ? 'live' : 'unconnected'];
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

/** Reads anew what attempts change, however they got known: those from before the stream was connected are read alone. */
function useRefresh(attempts: readonly Attempt[] | undefined): void {
  const outdate = useOutdate();
  const refreshing = useRef<ReturnType<typeof setTimeout>>(undefined);
  const some = attempts !== undefined && attempts.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever they are others
  useEffect(() => {
    if (!some) return;
    refreshing.current ??= setTimeout(() => {
      refreshing.current = undefined;
      outdate(changedByAttempts);
    }, refreshMs);
  }, [attempts, some, outdate]);
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

/** What was read may be older than what has come since. Ids are made in the order of time. */
function merged(read: readonly Attempt[], arrived: readonly Arrival[]): readonly Attempt[] {
  const all = new Map([...arrived.map(({ attempt }) => attempt), ...read].map((attempt) => [attempt.id, attempt]));
  return [...all.values()].sort((one, other) => (one.id < other.id ? 1 : -1)).slice(0, keptAttempts);
}
