import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Runs } from '../api/runs.ts';
import { ofDashboard } from '../api/world.ts';
import type { ServerRun } from '../harness/server-run.ts';
import { repository } from '../harness/server-run.ts';

const execute = promisify(execFile);

/** What this process has from being a test, run by npm; what is left is what a person's shell has. */
const ofTests = /^(?:npm_|INIT_CWD$|NODE|VITEST|TEST|BELLHOP|FORCE_COLOR$|DATABASE_URL$|PATH$)/i;

/** A fresh clone of what is committed, in a folder that only its owner can enter, and commands run there as by hand. */
export class Stranger {
  readonly #runs: Runs;
  readonly directory: string;

  private constructor(runs: Runs, directory: string) {
    this.#runs = runs;
    this.directory = directory;
  }

  static async clone(runs: Runs): Promise<Stranger> {
    const directory = join(await runs.directory(), 'bellhop');
    await execute('git', ['clone', '--quiet', repository, directory]);
    return new Stranger(runs, directory);
  }

  /** Runs a script to its end. Returns what it printed. @throws {Error} unless it succeeds. */
  async does(script: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const [program, ...parameters] = shell(script, variables);
    const { stdout } = await execute(program, parameters, { cwd: this.directory, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }

  /** Runs a script whose last command is `npm start`, until the server is ready at a free port. */
  serving(script: string, variables = {}): Promise<{ run: ServerRun; url: string }> {
    return this.#runs.serving({
      command: shell(script, { PORT: '0', ...variables }),
      workingDirectory: this.directory,
    });
  }
}

function shell(script: string, variables: Readonly<Record<string, string>>): [string, ...string[]] {
  const path = (process.env.PATH ?? '').split(':').filter((each) => !each.includes('node_modules'));
  const own = Object.entries(process.env).filter(([name]) => !ofTests.test(name));
  const all = [...own, ['PATH', path.join(':')], ...Object.entries(variables)];
  return ['env', '-i', ...all.map(([name, value]) => `${name}=${value}`), 'sh', '-e', '-c', script];
}

/** The commands of the one shell block of a document that contains a text. */
export async function documented(document: string, containing: string): Promise<string> {
  const text = await readFile(join(repository, document), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands = '']) => commands);
  const [block, ...more] = blocks.filter((commands) => commands.includes(containing));
  if (block === undefined || more.length > 0) {
    throw new Error(`${document} has ${more.length + (block ? 1 : 0)} blocks with "${containing}".`);
  }
  return block;
}

/** Opens a portal link as a browser does: the page, all that it loads, and signing in. @throws {Error} */
export async function open(link: string): Promise<void> {
  const { origin, hash } = new URL(link);
  const page = await fetchOk(link);
  const html = await page.text();
  const loaded = [...html.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="([^"]+)"/g)].map(
    ([, address = '']) => address,
  );
  if (loaded.length < 2) throw new Error(`The page loads nothing:\n${html}`);
  for (const address of loaded) await fetchOk(new URL(address, `${origin}/`));
  await fetchOk(`${origin}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...ofDashboard },
    body: JSON.stringify({ portal_token: hash.slice(1) }),
  });
}

async function fetchOk(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}
