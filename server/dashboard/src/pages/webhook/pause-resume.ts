import { useChange } from '../../api/queries.ts';
import type { Webhook } from '../../api/resources.ts';
import { toast } from '../../parts/toasts.tsx';

export interface PauseResume {
  readonly pending: boolean;
  readonly error: unknown;
  readonly pause: () => void;
  readonly resume: () => void;
}

export function usePauseResume({ id }: Webhook): PauseResume {
  const pause = useChange('pauseWebhook');
  const resume = useChange('resumeWebhook');
  const given = { params: { id } };
  return {
    pending: pause.isPending || resume.isPending,
    error: pause.error ?? resume.error,
    pause() {
      resume.reset();
      const onSuccess = () => toast({ kind: 'done', text: 'Paused. New events are held.' });
      pause.mutate(given, { onSuccess });
    },
    resume() {
      pause.reset();
      const onSuccess = () => toast({ kind: 'done', text: 'Resumed. Held deliveries are being sent, oldest first.' });
      resume.mutate(given, { onSuccess });
    },
  };
}
