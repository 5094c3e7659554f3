import type { Attack } from '../load/attacks.ts';
import { Child } from './calls.ts';

/** An attack, ready to be sent. */
export interface Shot extends Pick<Attack, 'senders' | 'pauseMs' | 'method' | 'path'> {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly body: string | undefined;
  readonly seconds: number;
}

export type AttackerCalls = {
  /** Resolves with how many requests were answered, by status; `error`: not at all. */
  shoot(shot: Shot): Record<string, number>;
};

/** Sends an attack from a process of its own, so that it takes no time from who measures. */
export class Attacker {
  readonly #child = new Child<AttackerCalls>(new URL('./attacker-child.ts', import.meta.url));

  shoot(shot: Shot): Promise<Record<string, number>> {
    return this.#child.ask('shoot', [shot], (shot.seconds + 30) * 1000);
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  kill(): void {
    this.#child.kill();
  }
}
