import type { Client } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import { ServerRun } from '../harness/server-run.ts';

/** What a crash run kills and starts again on the same data. Who calls it asks each time where it is. */
export interface Mortal {
  /** A client of a server, once one is up. */
  readonly client: Promise<Client>;
  /** Starts what does not run; resolves when it serves. */
  start(): Promise<void>;
  /** Starts what was killed, and kills it so many milliseconds later, whether it serves by then or not. */
  startInVain(milliseconds: number): Promise<void>;
  /** Kills one server without a warning. */
  kill(): Promise<void>;
  /** Ends everything. */
  end(): Promise<void>;
}

/** A server's process. */
export class MortalServer implements Mortal {
  readonly #env: Readonly<Record<string, string>>;
  #run: ServerRun | undefined;
  #serving = Promise.withResolvers<Client>();
  #serves = false;

  /** @param env names its data: DATA_DIR, and DATABASE_URL if it is a node of several. */
  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  get client(): Promise<Client> {
    return this.#serving.promise;
  }

  get serves(): boolean {
    return this.#serves;
  }

  async start(): Promise<void> {
    const run = this.#spawn();
    const [, baseUrl = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
    const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
    this.#serves = true;
    this.#serving.resolve(createClient({ baseUrl, apiKey }));
  }

  async startInVain(milliseconds: number): Promise<void> {
    const run = this.#spawn();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const { signal, output } = await run.stopAll('SIGKILL');
    if (signal !== 'SIGKILL') throw new Error(`The server did not start:\n${output}`);
  }

  async kill(): Promise<void> {
    this.#serves = false;
    this.#serving = Promise.withResolvers();
    await this.#run?.stopAll('SIGKILL');
  }

  /** Lets it stand still until {@link thaw}. */
  freeze(): void {
    this.#run?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#run?.signal('SIGCONT');
  }

  end(): Promise<void> {
    return this.kill();
  }

  #spawn(): ServerRun {
    this.#run = new ServerRun({ env: this.#env });
    return this.#run;
  }
}
