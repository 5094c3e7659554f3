import type { Client } from '@bellhop/shared';
import { createClient } from '@bellhop/shared';
import type { Tenant, TestOptions } from './bellhop.ts';
import { TestBellhop } from './bellhop.ts';
import { providersOf } from './cluster-mark.ts';
import { freshDatabase } from './postgres/database.ts';
import { TcpProxy } from './tcp-proxy.ts';

export interface ClusterOptions {
  /** Default: 4. */
  readonly nodes?: number;
  /** Of every node. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What a node has of its own. */
  readonly each?: (number: number) => Partial<TestOptions>;
  /** Whether each node reaches the database by a way of its own, which a test may cut. */
  readonly apart?: boolean;
  /** Default: a fresh database. */
  readonly databaseUrl?: string;
}

/** A node, as those see it who talk to it. */
export interface Place {
  /** From 0. */
  readonly number: number;
  readonly url: string;
  /** The tenant's. */
  readonly client: Client;
}

export interface Node extends Place {
  readonly server: TestBellhop;
  /** Its way to the database, in a cluster whose nodes have ways of their own. */
  readonly way: TcpProxy | undefined;
}

/** Several servers in this process on one database, with one tenant. */
export class Cluster {
  readonly nodes: readonly Node[];
  readonly databaseUrl: string;
  readonly tenant: Tenant;
  readonly #stopped = new Map<number, Promise<void>>();

  private constructor(parts: Pick<Cluster, 'nodes' | 'databaseUrl' | 'tenant'>) {
    this.nodes = parts.nodes;
    this.databaseUrl = parts.databaseUrl;
    this.tenant = parts.tenant;
  }

  /** All nodes start at the same moment. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const databaseUrl = options.databaseUrl ?? (await freshDatabase());
    const numbers = Array.from({ length: options.nodes ?? 4 }, (_, number) => number);
    const starts = numbers.map((number) => startNode(number, databaseUrl, options));
    const started = await Promise.all(starts).catch(async (error: unknown) => {
      await Promise.allSettled(starts.map(async (start) => stopNode(await start)));
      throw error;
    });
    const [first] = started;
    if (!first) throw new Error('A cluster has at least one node.');
    const tenant = await first.server.tenant();
    const nodes = started.map(({ server, way }, number) => ({
      number,
      server,
      way,
      url: server.url,
      client: createClient({ baseUrl: server.url, apiKey: tenant.apiKey }),
    }));
    return new Cluster({ nodes, databaseUrl, tenant });
  }

  /** The node of a number. */
  node(number: number): Node {
    const node = this.nodes[number];
    if (!node) throw new Error(`There is no node ${number}.`);
    return node;
  }

  /** All nodes but this one. */
  others(but: Place): readonly Node[] {
    return this.nodes.filter(({ number }) => number !== but.number);
  }

  /** Stops a node, as SIGTERM does. */
  leave({ number, server }: Node): Promise<void> {
    const stopped = this.#stopped.get(number) ?? server.stop();
    this.#stopped.set(number, stopped);
    return stopped;
  }

  /** Stops all that still run. */
  async stop(): Promise<void> {
    for (const { way } of this.nodes) way?.mend();
    await Promise.all(this.nodes.map((node) => this.leave(node)));
    await Promise.all(this.nodes.map(({ way }) => way?.close()));
  }
}

async function startNode(
  number: number,
  databaseUrl: string,
  { apart = false, config, each }: ClusterOptions,
): Promise<Pick<Node, 'server' | 'way'>> {
  const way = apart ? await TcpProxy.open(databaseUrl) : undefined;
  const starting = TestBellhop.start({
    providers: providersOf(number),
    databaseUrl: way?.url ?? databaseUrl,
    ...each?.(number),
    ...(config ? { config } : {}),
  });
  const server = await starting.catch(async (error: unknown) => {
    await way?.close();
    throw error;
  });
  return { server, way };
}

async function stopNode({ server, way }: Pick<Node, 'server' | 'way'>): Promise<void> {
  await server.stop();
  await way?.close();
}
