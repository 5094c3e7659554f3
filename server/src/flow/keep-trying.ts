import type { Clock } from '../clock.ts';
import { Backoff, storePauses } from './backoff.ts';

export interface Persistence {
  readonly clock: Pick<Clock, 'after'>;
  readonly onError: (error: unknown) => void;
  /** Asked after a failure. */
  readonly givesUp: () => boolean;
}

/** Tries until it succeeds, with growing pauses. Undefined when it gave up. */
export async function keepTrying<Result>(
  run: () => Promise<Result>,
  { clock, onError, givesUp }: Persistence,
): Promise<Result | undefined> {
  const backoff = new Backoff(storePauses);
  for (;;) {
    try {
      return await run();
    } catch (error) {
      onError(error);
      if (givesUp()) return undefined;
      await new Promise<void>((resolve) => clock.after(backoff.next(), resolve));
    }
  }
}
