import type { Client } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import { ServerRun } from '../harness/server-run.ts';

/** A server's process that is killed and started again on the same data. Who calls it asks each time where it is. */
export class MortalServer {
  readonly #dataDir: string;
  #run: ServerRun | undefined;
  #serving = Promise.withResolvers<Client>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** A client of the server, once one is up. */
  get client(): Promise<Client> {
    return this.#serving.promise;
  }

  /** Starts it; resolves when it serves. */
  async start(): Promise<void> {
    const run = this.#spawn();
    const [, baseUrl = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
    const [, apiKey = ''] = await run.prints(/API key +(sk_live_\S+)\n/);
    this.#serving.resolve(createClient({ baseUrl, apiKey }));
  }

  /** Starts it and kills it so many milliseconds later, whether it serves by then or not. */
  async startInVain(milliseconds: number): Promise<void> {
    const run = this.#spawn();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const { signal, output } = await run.stopAll('SIGKILL');
    if (signal !== 'SIGKILL') throw new Error(`The server did not start:\n${output}`);
  }

  /** Kills it without a warning. */
  async kill(): Promise<void> {
    this.#serving = Promise.withResolvers();
    await this.#run?.stopAll('SIGKILL');
  }

  #spawn(): ServerRun {
    this.#run = new ServerRun({ env: { DATA_DIR: this.#dataDir } });
    return this.#run;
  }
}
