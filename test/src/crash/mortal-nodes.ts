import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '@bellhop/server/test/store/conformance/random';
import type { Client } from '@bellhop/shared';
import { PrivateServer } from '../harness/postgres/private-server.ts';
import type { Mortal } from './mortal-server.ts';
import { MortalServer } from './mortal-server.ts';

/** Short, so that what a killed node held is soon delivered by others. */
const leaseSeconds = 2;
const config = `export default { database: { leaseSeconds: ${leaseSeconds} } };\n`;
/** How often it is the database that is killed, and how often a node only stands still for longer than its lease. */
const databases = 0.15;
const freezes = 0.15;

type Victim = Pick<Mortal, 'kill' | 'startInVain' | 'start'>;

/** Several nodes on one PostgreSQL database, of which now this and now that one is killed. */
export class MortalNodes implements Mortal {
  readonly #database: PrivateServer;
  readonly #nodes: readonly MortalServer[];
  readonly #random: Random;
  #victim: Victim | undefined;
  #turn = 0;

  private constructor(database: PrivateServer, nodes: readonly MortalServer[], random: Random) {
    this.#database = database;
    this.#nodes = nodes;
    this.#random = random;
  }

  /** @param directory holds the keys that they share. */
  static async prepare(count: number, directory: string, random: Random): Promise<MortalNodes> {
    const BELLHOP_CONFIG = join(directory, 'bellhop.config.ts');
    await writeFile(BELLHOP_CONFIG, config);
    const database = await PrivateServer.start();
    const env = { DATA_DIR: directory, DATABASE_URL: database.url, BELLHOP_CONFIG };
    return new MortalNodes(
      database,
      Array.from({ length: count }, () => new MortalServer(env)),
      random,
    );
  }

  /** Of the nodes that serve each in turn. */
  get client(): Promise<Client> {
    const serving = this.#nodes.filter(({ serves }) => serves);
    this.#turn += 1;
    const next = serving[this.#turn % serving.length];
    return next?.client ?? Promise.race(this.#nodes.map(({ client }) => client));
  }

  async start(): Promise<void> {
    if (this.#victim) return this.#victim.start();
    const [first, ...others] = this.#nodes;
    // The first makes up the keys.
    await first?.start();
    await Promise.all(others.map((node) => node.start()));
  }

  async startInVain(milliseconds: number): Promise<void> {
    await this.#victim?.startInVain(milliseconds);
  }

  async kill(): Promise<void> {
    this.#victim = this.#choose();
    await this.#victim?.kill();
  }

  async end(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.end()));
    await this.#database.stop();
  }

  #choose(): Victim | undefined {
    const chance = this.#random.next();
    const node = this.#random.oneOf(this.#nodes);
    if (chance < databases) return mortalDatabase(this.#database);
    return node && chance < databases + freezes ? standingStill(node) : node;
  }
}

function mortalDatabase(database: PrivateServer): Victim {
  return {
    kill: () => database.kill(),
    startInVain: async (milliseconds) => {
      await database.revive();
      await pass(milliseconds);
      await database.kill();
    },
    start: () => database.revive(),
  };
}

/** A node that does not notice how time passes: it wakes up when others have taken over from it. */
function standingStill(node: MortalServer): Victim {
  return {
    kill: () => {
      node.freeze();
      return pass(leaseSeconds * 1500);
    },
    startInVain: pass,
    start: async () => node.thaw(),
  };
}

function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
