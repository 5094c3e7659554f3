import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Bellhop, Clock, Config, Role, Store } from '@bellhop/server';
import { createLog, parseConfigFile, startBellhop } from '@bellhop/server';
import { mustStop } from '@bellhop/server/test/cleanup';
import type { Client, Provider, Scope } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import { freshDatabase } from './postgres/database.ts';

export interface TestOptions {
  readonly clock?: Clock;
  readonly production?: boolean;
  readonly providers?: readonly Provider[];
  readonly config?: Record<string, unknown>;
  readonly wrapStore?: (store: Store) => Store;
  /** What the build of the dashboard would have written. Default: what it wrote. */
  readonly dashboardDirectory?: string;
  /** Default: a fresh one, removed at the end. */
  readonly dataDir?: string;
  /** Default: PostgreSQL where BELLHOP_TEST_STORE says so, else SQLite. */
  readonly databaseUrl?: string;
  /** Default: both. */
  readonly roles?: readonly Role[];
}

/** A tenant with a client for each purpose. */
export interface Tenant {
  readonly organizationId: string;
  readonly apiKey: string;
  readonly client: Client;
}

/** A real server in this process: a real database of its own, real HTTP on a free port. */
export class TestBellhop {
  readonly bellhop: Bellhop;
  readonly rootKey: string;
  readonly root: Client;
  readonly dataDir: string;
  /** Every line of the server's log, parsed. */
  readonly log: Record<string, unknown>[];
  readonly #ownsDataDir: boolean;
  readonly #stopped: () => void;

  private constructor(parts: Pick<TestBellhop, 'bellhop' | 'rootKey' | 'dataDir' | 'log'>, ownsDataDir: boolean) {
    this.bellhop = parts.bellhop;
    this.rootKey = parts.rootKey;
    this.dataDir = parts.dataDir;
    this.log = parts.log;
    this.root = createClient({ baseUrl: this.url, apiKey: this.rootKey });
    this.#ownsDataDir = ownsDataDir;
    this.#stopped = mustStop(`a server at ${this.url}`, () => this.stop());
  }

  static async start(options: TestOptions = {}): Promise<TestBellhop> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'bellhop-test-')));
    const log: Record<string, unknown>[] = [];
    const rootKey = 'root_key_of_the_tests_0123456789';
    const file = parseConfigFile(
      // A clock that a test moves by hours is no reason to take this node for dead.
      {
        ...(options.clock ? { database: { leaseSeconds: 300 } } : {}),
        ...options.config,
        limits: { failedAttemptsPerMinute: 1_000_000, ...(options.config?.limits as object | undefined) },
        ...(options.providers ? { providers: [...options.providers] } : {}),
      },
      'the test',
    );
    const config: Config = {
      ...file,
      production: options.production ?? false,
      host: '127.0.0.1',
      port: 0,
      dataDir,
      databaseUrl: options.databaseUrl ?? (await chosenDatabase(options)),
      roles: options.roles ?? ['api', 'deliver'],
      keys: { root: rootKey, encryption: Buffer.alloc(32, 7) },
    };
    const ownsDataDir = options.dataDir === undefined;
    const bellhop = await startBellhop({
      config,
      log: createLog('info', collector(log)),
      ...(options.clock ? { clock: options.clock } : {}),
      ...(options.dashboardDirectory ? { dashboardDirectory: options.dashboardDirectory } : {}),
      ...(options.wrapStore ? { wrapStore: options.wrapStore } : {}),
    }).catch(async (error: unknown) => {
      if (ownsDataDir) await rm(dataDir, { recursive: true, force: true });
      throw error;
    });
    return new TestBellhop({ bellhop, rootKey, dataDir, log }, ownsDataDir);
  }

  get url(): string {
    return this.bellhop.url;
  }

  /** A new organization with an API key. */
  async tenant(
    scopes: readonly Scope[] = ['admin', 'events:write', 'webhooks:read', 'webhooks:write'],
  ): Promise<Tenant> {
    const name = `Tenant ${randomBytes(4).toString('hex')}`;
    const organization = await this.root.createOrganization({ body: { name } });
    const { key } = await this.root.createApiKey({
      params: { id: organization.id },
      body: { name: 'test', scopes: [...scopes] },
    });
    return { organizationId: organization.id, apiKey: key, client: createClient({ baseUrl: this.url, apiKey: key }) };
  }

  async stop(): Promise<void> {
    try {
      await this.bellhop.stop();
    } finally {
      this.#stopped();
      if (this.#ownsDataDir) await rm(this.dataDir, { recursive: true, force: true });
    }
  }
}

/** A test that looks after its own data directory is about the SQLite file in it. */
async function chosenDatabase({ dataDir }: TestOptions): Promise<string | undefined> {
  const wanted = process.env.BELLHOP_TEST_STORE === 'postgres' && dataDir === undefined;
  return wanted ? freshDatabase() : undefined;
}

function collector(lines: Record<string, unknown>[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString('utf8').split('\n')) {
        if (line) lines.push(JSON.parse(line) as Record<string, unknown>);
      }
      done();
    },
  });
}
