import { webhookStopped } from '@bellhop/shared';
import type { Work } from '../../../../src/model.ts';
import type { AttemptResult } from '../../../../src/store/contract/index.ts';
import type { Random } from '../random.ts';
import { becoming, delivered, discarded, exhausted, retry } from '../results.ts';
import type { World } from '../world.ts';
import { idsOf, second } from '../world.ts';
import type { Cluster } from './cluster.ts';
import type { SimulatedNode } from './node.ts';

const statuses = ['paused', 'disabled', 'gone'] as const;
const stops = statuses.map((status) => webhookStopped(status, { code: '', message: '' }).type);

/** What nodes write down of what they sent. */
export class Recording {
  /** Batches of results that stopped more or fewer webhooks than they reported; true only of a simulation alone. */
  readonly misreported: unknown[] = [];
  readonly #world: World;
  readonly #random: Random;
  readonly #cluster: Cluster;

  constructor(world: World, { random, cluster }: { random: Random; cluster: Cluster }) {
    this.#world = world;
    this.#random = random;
    this.#cluster = cluster;
  }

  async record(node: SimulatedNode): Promise<void> {
    const works = this.#random.someOf([...node.held.values()]);
    const results = works.map((work) => this.#result(work));
    const before = await this.#stopsAndReports();
    await this.#world.store.record(node.id, results, this.#cluster.now);
    // As when the answer got lost.
    if (this.#random.chance(0.2)) await this.#world.store.record(node.id, results, this.#cluster.now);
    const after = await this.#stopsAndReports();
    const [stopped, reported] = [before.active - after.active, after.reports - before.reports];
    if (stopped !== reported) this.misreported.push({ stopped, reported, results });
    node.release(idsOf(works));
  }

  async #stopsAndReports(): Promise<{ active: number; reports: number }> {
    const { tables } = this.#world;
    const active = await tables.selectFrom('webhooks').select('id').where('status', '=', 'active').execute();
    const reports = await tables.selectFrom('events').select('id').where('type', 'in', stops).execute();
    return { active: active.length, reports: reports.length };
  }

  /** For good, or for a while. */
  #becoming(status: (typeof statuses)[number]): ReturnType<typeof becoming> {
    const { change } = becoming(status);
    const ends = status !== 'disabled' && this.#random.chance(0.5);
    return change ? { change: { ...change, until: ends ? this.#cluster.now + 20 * second : null } } : {};
  }

  #result(work: Work): AttemptResult {
    const status = this.#random.oneOf(statuses);
    const change = status && this.#random.chance(0.04) ? this.#becoming(status) : {};
    const failures = this.#random.oneOf(['keep', 'increment', 'increment', 'reset'] as const) ?? 'keep';
    const effect = { failures, ...change };
    const wait = this.#random.oneOf([0, second, 60 * second]) ?? 0;
    const outcomes = [
      delivered(work, effect),
      delivered(work, effect),
      retry(work, this.#cluster.now + wait, effect),
      retry(work, this.#cluster.now + wait, effect),
      exhausted(work, effect),
      discarded(work, effect),
    ];
    return this.#random.oneOf(outcomes) ?? delivered(work);
  }
}
