import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { N8nApi } from './n8n-api.ts';

const run = promisify(execFile);

export interface N8nParts {
  /** Where n8n is installed. */
  readonly directory: string;
  /** The packed node. */
  readonly tarball: string;
}

/** n8n in a child process, with the packed node and an empty store, on loopback. */
export class RealN8n {
  readonly api: N8nApi;
  readonly #parts: N8nParts;
  readonly #home: string;
  readonly #port: number;
  #process: ChildProcess | undefined;
  #output = '';

  private constructor(parts: N8nParts, home: string, port: number) {
    this.#parts = parts;
    this.#home = home;
    this.#port = port;
    this.api = new N8nApi(this.url);
  }

  static async start(parts: N8nParts): Promise<RealN8n> {
    const home = await mkdtemp(join(tmpdir(), 'bellhop-n8n-'));
    const n8n = new RealN8n(parts, home, await freePort());
    try {
      await n8n.#installNode();
      await n8n.startAgain();
      await n8n.api.setUp();
      return n8n;
    } catch (error) {
      await n8n.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts the process over what it had stored. */
  async startAgain(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#output = '';
    const child = spawn(process.execPath, [join(this.#parts.directory, 'node_modules/n8n/bin/n8n'), 'start'], {
      env: { ...this.#environment(), ...environment },
      cwd: this.#home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output = (this.#output + String(chunk)).slice(-20_000);
      });
    }
    const ended = once(child, 'exit').then(() => {
      throw new Error(`n8n ended:\n${this.#output}`);
    });
    await Promise.race([this.api.ready(), ended]);
    ended.catch(() => {});
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#home, { recursive: true, force: true });
  }

  /** The end of what n8n printed. */
  get output(): string {
    return this.#output;
  }

  /** As n8n installs community packages, but from our file. */
  async #installNode(): Promise<void> {
    const nodes = join(this.#home, '.n8n/nodes');
    await mkdir(nodes, { recursive: true });
    await writeFile(join(nodes, 'package.json'), '{ "name": "installed-nodes", "private": true }');
    const options = ['--offline', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...options, this.#parts.tarball], { cwd: nodes });
  }

  #environment(): Record<string, string> {
    const off = Object.fromEntries(switches.map((name) => [name, 'false']));
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.#home,
      N8N_USER_FOLDER: this.#home,
      N8N_HOST: '127.0.0.1',
      N8N_PORT: String(this.#port),
      N8N_LISTEN_ADDRESS: '127.0.0.1',
      N8N_WEBHOOK_URL: `${this.url}/`,
      WEBHOOK_URL: `${this.url}/`,
      N8N_SECURE_COOKIE: 'false',
      N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
      N8N_LOG_LEVEL: 'warn',
      // After 30 s, its default, it drops what it executes; on a busy machine it takes longer to stop.
      N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '300',
      N8N_RUNNERS_BROKER_PORT: String(this.#port + 1),
      ...off,
    };
  }
}

/** All that would call home, or wait for an answer from there. */
const switches = [
  'N8N_DIAGNOSTICS_ENABLED',
  'N8N_DYNAMIC_BANNERS_ENABLED',
  'N8N_HIRING_BANNER_ENABLED',
  'N8N_LICENSE_AUTO_RENEW_ENABLED',
  'N8N_PERSONALIZATION_ENABLED',
  'N8N_TEMPLATES_ENABLED',
  'N8N_VERSION_NOTIFICATIONS_ENABLED',
  'N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED',
];

/** n8n cannot pick a free one itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
