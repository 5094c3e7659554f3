import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageId } from '@bellhop/shared/verification-code';
import { pythonDriver, rubyDriver } from './drivers.ts';

type Command = readonly [string, ...string[]];

export interface Program {
  readonly command: Command;
  /** Undefined: it takes a free one and prints `port <number>`. */
  readonly port?: number;
}

/** How a receiver that a customer is shown is run, on a free port in the place of the one that it names. */
interface Way {
  /** A command that succeeds where the language is installed. */
  readonly probe: Command;
  readonly program: (code: string, directory: string) => Program | Promise<Program>;
}

export const ways: Readonly<Record<LanguageId, Way>> = {
  node: {
    probe: [process.execPath, '--version'],
    program(code, directory) {
      const anyPort = "server.listen(0, () => console.log('port', server.address().port));";
      const file = written(directory, 'receiver.mjs', replaced(code, 'server.listen(3000);', anyPort));
      return { command: [process.execPath, file] };
    },
  },
  python: {
    probe: ['python3', '-c', 'import sys; assert sys.version_info >= (3, 9)'],
    program(code, directory) {
      written(directory, 'receiver.py', code);
      return { command: ['python3', written(directory, 'driver.py', pythonDriver)] };
    },
  },
  php: {
    probe: ['php', '-r', 'exit(PHP_MAJOR_VERSION < 8);'],
    async program(code, directory) {
      const port = await freePort();
      return { command: ['php', '-S', `127.0.0.1:${port}`, written(directory, 'receiver.php', code)], port };
    },
  },
  go: {
    probe: ['go', 'version'],
    async program(code, directory) {
      const port = await freePort();
      const file = written(directory, 'receiver.go', replaced(code, ':3000', `127.0.0.1:${port}`));
      const program = join(directory, 'receiver');
      succeed(['go', 'vet', file]);
      succeed(['go', 'build', '-o', program, file]);
      return { command: [program], port };
    },
  },
  ruby: {
    probe: ['ruby', '-e', 'require "openssl"; exit OpenSSL.respond_to?(:secure_compare)'],
    program(code, directory) {
      const file = written(directory, 'config.ru', code);
      return { command: ['ruby', '-w', written(directory, 'driver.rb', rubyDriver), file] };
    },
  },
};

export function isInstalled(language: LanguageId): boolean {
  const [program, ...parameters] = ways[language].probe;
  return spawnSync(program, parameters, { timeout: 20_000 }).status === 0;
}

function written(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function replaced(code: string, part: string, other: string): string {
  if (!code.includes(part)) throw new Error(`"${part}" is not in the program.`);
  return code.replace(part, other);
}

function succeed([program, ...parameters]: Command): void {
  const goes = { GOCACHE: join(tmpdir(), 'bellhop-go-cache'), GOFLAGS: '', GO111MODULE: 'off' };
  const { status, stderr } = spawnSync(program, parameters, { env: { ...process.env, ...goes }, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${parameters.join(' ')} failed:\n${stderr}`);
}

/** One that was free a moment ago, for programs that cannot say which one they took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
