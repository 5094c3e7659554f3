import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@bellhop/shared';
import type { Place } from './cluster.ts';
import { freshDatabase } from './postgres/database.ts';
import { ServerRun } from './server-run.ts';

export interface ProcessOptions {
  readonly nodes: number;
  /** Of every node, as JSON. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Default: a fresh database. */
  readonly databaseUrl?: string;
}

/** A server in a process of its own. */
export interface ProcessNode extends Place {
  readonly run: ServerRun;
}

const keys = {
  BELLHOP_ROOT_KEY: 'root_key_of_the_tests_0123456789',
  BELLHOP_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};

/** Several servers in processes of their own on one database, with one tenant, for tests that kill them. */
export class ProcessCluster {
  readonly nodes: readonly ProcessNode[];
  readonly databaseUrl: string;
  readonly #directory: string;

  private constructor(nodes: readonly ProcessNode[], databaseUrl: string, directory: string) {
    this.nodes = nodes;
    this.databaseUrl = databaseUrl;
    this.#directory = directory;
  }

  /** All nodes start at the same moment. */
  static async start({ nodes: count, config = {}, databaseUrl }: ProcessOptions): Promise<ProcessCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'bellhop-cluster-'));
    const database = databaseUrl ?? (await freshDatabase());
    const runs = await Promise.all(
      Array.from({ length: count }, (_, number) => spawn(number, directory, database, config)),
    );
    try {
      return new ProcessCluster(await serving(runs), database, directory);
    } catch (error) {
      await end(runs, directory);
      throw error;
    }
  }

  /** The node of a number. */
  node(number: number): ProcessNode {
    const node = this.nodes[number];
    if (!node) throw new Error(`There is no node ${number}.`);
    return node;
  }

  /** All nodes but this one. */
  others(but: Place): readonly ProcessNode[] {
    return this.nodes.filter(({ number }) => number !== but.number);
  }

  /** Ends all of them. */
  async end(): Promise<void> {
    await end(
      this.nodes.map(({ run }) => run),
      this.#directory,
    );
  }
}

async function serving(runs: readonly ServerRun[]): Promise<ProcessNode[]> {
  const urls = await Promise.all(
    runs.map(async (run) => {
      const [, url = ''] = await run.prints(/Bellhop is ready at (\S+)\n/);
      return url;
    }),
  );
  const apiKey = await tenantKey(urls[0] ?? '');
  return runs.map((run, number) => {
    const url = urls[number] ?? '';
    return { number, run, url, client: createClient({ baseUrl: url, apiKey }) };
  });
}

async function end(runs: readonly ServerRun[], directory: string): Promise<void> {
  await Promise.all(runs.map((run) => run.stopAll('SIGKILL')));
  await rm(directory, { recursive: true, force: true });
}

async function spawn(
  number: number,
  directory: string,
  databaseUrl: string,
  config: ProcessOptions['config'],
): Promise<ServerRun> {
  const file = join(directory, `node-${number}.config.ts`);
  const mark = new URL('cluster-mark.ts', import.meta.url).href;
  await writeFile(
    file,
    `import { providersOf } from ${JSON.stringify(mark)};
export default { ...${JSON.stringify(config)}, providers: providersOf(${number}) };
`,
  );
  const DATA_DIR = join(directory, `node-${number}`);
  return new ServerRun({ env: { ...keys, DATA_DIR, DATABASE_URL: databaseUrl, BELLHOP_CONFIG: file } });
}

async function tenantKey(baseUrl: string): Promise<string> {
  const root = createClient({ baseUrl, apiKey: keys.BELLHOP_ROOT_KEY });
  const { id } = await root.createOrganization({ body: { name: 'Tenant of the cluster' } });
  const scopes = ['admin' as const, 'events:write' as const, 'webhooks:read' as const, 'webhooks:write' as const];
  return (await root.createApiKey({ params: { id }, body: { name: 'test', scopes } })).key;
}
