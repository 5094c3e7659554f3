import { mustStop } from '@bellhop/server/test/cleanup';
import { createDatabase } from './query.ts';
import { ServerProcess } from './server-process.ts';

/** A PostgreSQL server of a test's own, which it may kill, with an empty database. */
export class PrivateServer {
  /** Of the database. */
  readonly url: string;
  readonly #process: ServerProcess;

  private constructor(process: ServerProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  static async start(): Promise<PrivateServer> {
    const process = await ServerProcess.start();
    const stopped = mustStop('a PostgreSQL server', () => process.stop());
    void process.ended.then(stopped);
    return new PrivateServer(process, await createDatabase(process.url, 'bellhop'));
  }

  /** SIGKILL to all of its processes. Resolves when they have ended. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Starts it again on the same data and port. Resolves when it serves. */
  revive(): Promise<void> {
    return this.#process.revive();
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
