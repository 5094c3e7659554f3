import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Ended, RunOptions } from '../harness/server-run.ts';
import { ServerRun } from '../harness/server-run.ts';

/** Directories outside the repository and runs of programs in them; both end with the test, or with the suite. */
export class Runs {
  readonly #runs: ServerRun[] = [];
  readonly #directories: string[] = [];

  /** @param atEnd when they end: `afterEach` or `afterAll` */
  constructor(atEnd: typeof afterEach = afterEach) {
    atEnd(async () => {
      await Promise.all(this.#runs.splice(0).map((run) => run.stopAll('SIGKILL')));
      await Promise.all(this.#directories.splice(0).map((path) => rm(path, { recursive: true, force: true })));
    });
  }

  async directory(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'bellhop-run-'));
    this.#directories.push(path);
    return path;
  }

  start(options: RunOptions): ServerRun {
    const run = new ServerRun(options);
    this.#runs.push(run);
    return run;
  }

  /** A server that is ready, and its address. */
  async serving(options: RunOptions): Promise<{ run: ServerRun; url: string }> {
    const run = this.start(options);
    const [, url = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
    return { run, url };
  }

  /** What a server says that cannot start: one paragraph without a stack, and exit code 1. */
  async refusal(options: RunOptions): Promise<string> {
    const { code, output }: Ended = await this.start(options).ended;
    const [paragraph = '', ...more] = output
      .split(/\n{2,}/)
      .map((each) => each.trim())
      .filter(Boolean);
    if (code !== 1 || more.length > 0 || /\n\s+at |node:internal|Warning/.test(output)) {
      throw new Error(`It ended with ${code}, and not with one paragraph alone:\n${output}`);
    }
    return paragraph;
  }
}
