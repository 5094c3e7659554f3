import type { Attempt } from '../../../api/resources.ts';

export type StreamState = 'connecting' | 'live' | 'reconnecting';

export interface StreamHandlers {
  readonly onState: (state: StreamState) => void;
  /** Connected. Earlier attempts are not sent. */
  readonly onOpen: () => void;
  readonly onAttempts: (attempts: readonly Attempt[]) => void;
}

/** Attempts are batched over this time, so that a busy webhook does not overload the browser. */
const batchMs = 150;

/** Browsers do not reconnect by themselves after an HTTP error. */
const reconnectMs = 5000;

/**
 * Follows a stream of attempts until the returned function is called. Disconnects while the page is hidden: a browser
 * limits its connections to a server, and background pages would use them up.
 */
export function followAttempts(url: string, { onState, onOpen, onAttempts }: StreamHandlers): () => void {
  let source: EventSource | undefined;
  let reconnecting: ReturnType<typeof setTimeout> | undefined;
  let batching: ReturnType<typeof setTimeout> | undefined;
  let batch: Attempt[] = [];

  const flush = () => {
    batching = undefined;
    onAttempts(batch.splice(0));
  };

  const receive = ({ data }: MessageEvent<string>) => {
    batch.push(JSON.parse(data) as Attempt);
    batching ??= setTimeout(flush, batchMs);
  };

  const open = () => {
    const opened = new EventSource(url);
    source = opened;
    opened.addEventListener('attempt', receive);
    opened.onopen = () => {
      onState('live');
      onOpen();
    };
    opened.onerror = () => {
      onState('reconnecting');
      if (opened.readyState !== EventSource.CLOSED) return;
      clearTimeout(reconnecting);
      reconnecting = setTimeout(open, reconnectMs);
    };
  };

  const close = () => {
    clearTimeout(reconnecting);
    clearTimeout(batching);
    batching = undefined;
    batch = [];
    source?.close();
    source = undefined;
  };

  const reopen = () => {
    close();
    if (document.visibilityState === 'visible') open();
  };

  document.addEventListener('visibilitychange', reopen);
  reopen();
  return () => {
    document.removeEventListener('visibilitychange', reopen);
    close();
  };
}
