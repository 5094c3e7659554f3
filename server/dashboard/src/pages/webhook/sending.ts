import { useChange } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { toast } from '../../parts/toasts.tsx';

/** Stopping a webhook and letting it go on. */
export interface Sending {
  readonly pending: boolean;
  readonly error: unknown;
  readonly pause: () => void;
  readonly resume: () => void;
}

export function useSending({ id }: Webhook): Sending {
  const pause = useChange('pauseWebhook');
  const resume = useChange('resumeWebhook');
  const given = { params: { id } };
  return {
    pending: pause.isPending || resume.isPending,
    error: pause.error ?? resume.error,
    pause() {
      resume.reset();
      const onSuccess = () => toast({ kind: 'done', text: 'Paused. What comes from now on is held.' });
      pause.mutate(given, { onSuccess });
    },
    resume() {
      pause.reset();
      const onSuccess = () => toast({ kind: 'done', text: 'Resumed. What was held is sent now, the oldest first.' });
      resume.mutate(given, { onSuccess });
    },
  };
}
