import { Child } from './calls.ts';

/** An attack, ready to be sent. */
export interface Shot {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly senders: number;
  /** Milliseconds between two requests of a sender. */
  readonly pauseMs: number;
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
