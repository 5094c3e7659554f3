import { afterAll, beforeAll } from 'vitest';
import type { TestOptions } from './bellhop.ts';
import { TestBellhop } from './bellhop.ts';
import type { Answer, Answering } from './receiver.ts';
import { Receiver } from './receiver.ts';

/** One server for a suite; every test makes its own tenant and receivers, which end with the suite. */
export class Stage {
  readonly #options: TestOptions;
  readonly #receivers: Receiver[] = [];
  #server: TestBellhop | undefined;

  constructor(options: TestOptions = {}) {
    this.#options = options;
    beforeAll(async () => {
      this.#server = await TestBellhop.start(this.#options);
    });
    afterAll(async () => {
      await Promise.all(this.#receivers.map((receiver) => receiver.stop()));
      await this.#server?.stop();
    });
  }

  get server(): TestBellhop {
    if (!this.#server) throw new Error('The stage is used before its suite began.');
    return this.#server;
  }

  async receiver(answering: Answering | Answer = {}): Promise<Receiver> {
    const receiver = await Receiver.start(answering);
    this.#receivers.push(receiver);
    return receiver;
  }
}
