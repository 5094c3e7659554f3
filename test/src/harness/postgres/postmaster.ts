import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Programs } from './programs.ts';
import { findPrograms } from './programs.ts';

const password = 'postgres';

/** A PostgreSQL server below this process, which ends with it unless this process is killed. */
export class Postmaster {
  /** Of the database that every server has. */
  readonly url: string;
  readonly #programs: Programs;
  readonly #parameters: readonly string[];
  #log = '';
  #process: ChildProcess | undefined;

  private constructor(programs: Programs, data: string, settings: Readonly<Record<string, string>>, port: number) {
    this.#programs = programs;
    this.url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    const all = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      // Nobody connects through it, and its usual directory may not exist.
      unix_socket_directories: '',
      max_connections: '300',
      ...settings,
    };
    this.#parameters = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    process.once('exit', () => this.#process?.kill('SIGQUIT'));
  }

  /**
   * Makes the data of a server that is not started yet.
   *
   * @param directory holds its data from now on
   * @throws {Error} with what it printed, when it cannot.
   */
  static async prepare(directory: string, settings: Readonly<Record<string, string>>): Promise<Postmaster> {
    await chmod(directory, 0o711);
    const programs = await findPrograms(directory);
    const data = join(directory, 'data');
    const passwordFile = join(directory, 'password');
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, password);
    if (programs.user) await chown(data, programs.user.uid, programs.user.gid);
    const { status, stderr, error } = spawnSync(
      programs.initdb,
      [
        ...[`--pgdata=${data}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=password', '--no-sync'],
        // A collation that is not bytewise, as most servers have: what needs another one has to say so.
        ...['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en', '--no-instructions'],
      ],
      { ...programs.user, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`PostgreSQL's initdb failed: ${error?.message ?? stderr}`);
    return new Postmaster(programs, data, settings, await freePort());
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('PostgreSQL does not run.');
    return pid;
  }

  /** Resolves when it serves. @throws {Error} with its log, when it ends instead. */
  async start(): Promise<void> {
    this.#log = '';
    const child = spawn(this.#programs.postgres, this.#parameters, {
      ...this.#programs.user,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(new Error(`PostgreSQL did not start:\n${this.#log}`)));
      child.stderr.on('data', (chunk) => {
        this.#log += String(chunk);
        if (this.#log.includes('ready to accept connections')) resolve();
      });
    });
  }

  /** Ends it and the processes that it started without a warning. Resolves when none of them can write any more. */
  async kill(): Promise<void> {
    const { pid } = this;
    // Stopped it starts no more, and what it started stays its own.
    process.kill(pid, 'SIGSTOP');
    const started = ask('pgrep', ['-P', String(pid)]);
    for (const each of started) process.kill(Number(each), 'SIGKILL');
    const states = () => ask('ps', ['-o', 'stat=', '-p', started.join(',')]);
    while (states().some((state) => !state.startsWith('Z')));
    await this.#end('SIGKILL');
  }

  /** Ends it without writing down what is only in memory: its data go with it. */
  stop(): Promise<void> {
    return this.#end('SIGQUIT');
  }

  async #end(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'close');
  }
}

function ask(program: string, parameters: readonly string[]): string[] {
  return spawnSync(program, parameters, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}

/** Not one of those that the system gives to whoever connects somewhere: it has to be free later, too. */
async function freePort(): Promise<number> {
  const port = 10_000 + Math.floor(Math.random() * 20_000);
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return freePort();
  }
  probe.close();
  return port;
}
