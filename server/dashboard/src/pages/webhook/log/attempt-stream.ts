import type { Attempt } from '../../../api/resources.ts';

export type StreamState = 'connecting' | 'live' | 'reconnecting';

export interface StreamHandlers {
  readonly onState: (state: StreamState) => void;
  /** It is connected; what was attempted before is not told. */
  readonly onOpen: () => void;
  readonly onAttempts: (attempts: readonly Attempt[]) => void;
}

/** Attempts that come within so many milliseconds are told together, so that a busy webhook does not keep a browser busy. */
const gatherMs = 150;

/** After a refusal a browser does not try again by itself. */
const againMs = 5000;

/**
 * Follows a stream of attempts until the returned function is called. While nobody sees the page it is not connected: a
 * browser has few connections to a server, which pages in the background would take from the one that is looked at.
 */
export function followAttempts(url: string, { onState, onOpen, onAttempts }: StreamHandlers): () => void {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let gathered: Attempt[] = [];

  const tell = () => {
    gathering = undefined;
    onAttempts(gathered.splice(0));
  };

  const take = ({ data }: MessageEvent<string>) => {
    gathered.push(JSON.parse(data) as Attempt);
    gathering ??= setTimeout(tell, gatherMs);
  };

  const open = () => {
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener('attempt', take);
    opened.onopen = () => {
      onState('live');
      onOpen();
    };
    opened.onerror = () => {
      onState('reconnecting');
      if (opened.readyState !== EventSource.CLOSED) return;
      clearTimeout(again);
      again = setTimeout(open, againMs);
    };
  };

  const close = () => {
    clearTimeout(again);
    clearTimeout(gathering);
    gathering = undefined;
    gathered = [];
    source?.close();
    source = undefined;
  };

  const look = () => {
    close();
    if (document.visibilityState === 'visible') open();
  };

  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    close();
  };
}
