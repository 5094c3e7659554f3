import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@bellhop/server/test/store/conformance/random';
import type { Client } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import type { Moods } from './inbox.ts';
import { Inbox } from './inbox.ts';
import { MortalNodes } from './mortal-nodes.ts';
import type { Mortal } from './mortal-server.ts';
import { MortalServer } from './mortal-server.ts';
import type { Kind } from './publisher.ts';
import { Publisher } from './publisher.ts';
import { Tally } from './tally.ts';
import type { Verdict } from './verdict.ts';
import { judge } from './verdict.ts';

export interface CrashOptions {
  /** Events to be published in all. */
  readonly events: number;
  /** How often the server is killed while it serves. */
  readonly kills: number;
  /** Publishers that publish at the same time, each one request after the other. */
  readonly publishers: number;
  /** Nodes on a PostgreSQL database; now this and now that one is killed, or the database. Default: one server on SQLite. */
  readonly nodes?: number | undefined;
  /** Of the random moments, failures and sizes. */
  readonly seed: number;
  /** Told from time to time how far it is. */
  readonly tell?: (line: string) => void;
}

export interface CrashOutcome extends Verdict {
  readonly events: number;
  readonly webhooks: number;
  readonly kills: number;
  /** Further kills, while the server was starting. */
  readonly killsAtStart: number;
  /** Requests that the receivers refused or broke off. */
  readonly failures: number;
  /** Deliveries that are not complete in the end. */
  readonly pending: number;
  readonly seconds: number;
}

/** A webhook as the run sets it up. */
interface Subscription {
  readonly kinds: readonly Kind[];
  readonly ordering: 'parallel' | 'fifo';
  readonly moods: Moods;
}

/** The share of the kills that come after everything is published, while the backlog is delivered. */
const killsOfBacklog = 0.2;
/** How often a start is cut short. */
const cutStarts = 0.3;
/** So long nothing arrives before it is taken for lost. */
const patienceMs = 60_000;

/**
 * Kills a server, or one of several nodes, again and again while events are published to it and it delivers them to receivers that sometimes fail,
 * and then looks whether everything that was acknowledged arrived.
 */
export async function crash(options: CrashOptions): Promise<CrashOutcome> {
  const run = await CrashRun.prepare(options);
  try {
    return await run.outcome();
  } finally {
    await run.end();
  }
}

class CrashRun {
  readonly #options: CrashOptions;
  readonly #random: Random;
  readonly #dataDir: string;
  readonly #server: Mortal;
  readonly #webhooks: { readonly id: string; readonly inbox: Inbox; readonly subscription: Subscription }[] = [];
  readonly #progress = new Tally();
  #killsAtStart = 0;

  private constructor(parts: { options: CrashOptions; random: Random; dataDir: string; server: Mortal }) {
    this.#options = parts.options;
    this.#random = parts.random;
    this.#dataDir = parts.dataDir;
    this.#server = parts.server;
  }

  static async prepare(options: CrashOptions): Promise<CrashRun> {
    const random = new Random(options.seed);
    const dataDir = await mkdtemp(join(tmpdir(), 'bellhop-crash-'));
    const server = options.nodes
      ? await MortalNodes.prepare(options.nodes, dataDir, random)
      : new MortalServer({ DATA_DIR: dataDir });
    const run = new CrashRun({ options, random, dataDir, server });
    await server.start();
    const client = await run.#server.client;
    for (const subscription of subscriptions()) await run.#subscribe(client, subscription);
    return run;
  }

  async outcome(): Promise<CrashOutcome> {
    const { events, publishers: count, kills } = this.#options;
    const startedAt = performance.now();
    const parts = { server: this.#server, random: this.#random, kinds: kinds(), progress: this.#progress };
    const publishers = Array.from({ length: count }, (_, number) => new Publisher(number, parts));
    const shares = publishers.map((_, number) => Math.floor((events + number) / count));
    const publishing = Promise.all(publishers.map((publisher, number) => publisher.publish(shares[number] ?? 0)));
    await Promise.all([publishing, this.#killAgainAndAgain()]);
    const acknowledged = publishers.flatMap((publisher) => publisher.acknowledged);
    const wanted = this.#webhooks.map(({ inbox, subscription }) => {
      const types = new Set(subscription.kinds.map(({ type }) => type));
      return { inbox, ...subscription, events: acknowledged.filter(({ type }) => types.has(type)) };
    });
    await Promise.all(wanted.map(({ inbox, events: due }) => this.#arrivalOf(due.length, inbox)));
    return {
      ...judge(wanted),
      events: acknowledged.length,
      webhooks: this.#webhooks.length,
      kills,
      killsAtStart: this.#killsAtStart,
      failures: this.#webhooks.reduce((sum, { inbox }) => sum + inbox.failures, 0),
      pending: await this.#pending(),
      seconds: (performance.now() - startedAt) / 1000,
    };
  }

  async end(): Promise<void> {
    await this.#server.end();
    await Promise.all(this.#webhooks.map(({ inbox }) => inbox.stop()));
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  async #subscribe(client: Client, subscription: Subscription): Promise<void> {
    const inbox = await Inbox.start(this.#random, subscription.moods);
    const { id } = await client.createWebhook({
      body: {
        provider: subscription.kinds[0]?.provider ?? '',
        events: subscription.kinds.map(({ type }) => type),
        url: inbox.url,
        ordering: subscription.ordering,
        retry: { schedule: Array.from({ length: 20 }, () => 0) },
      },
    });
    this.#webhooks.push({ id, inbox, subscription });
  }

  async #killAgainAndAgain(): Promise<void> {
    const { events, kills, tell } = this.#options;
    const duringPublishing = Math.ceil(kills * (1 - killsOfBacklog));
    for (let kill = 0; kill < kills; kill += 1) {
      const published = Math.min(1, (kill + this.#random.next()) / duringPublishing);
      await this.#progress.atLeast(Math.floor(events * published));
      await this.#pass(250);
      await this.#server.kill();
      await this.#revive();
      const arrived = this.#webhooks.map(({ inbox }) => inbox.accepted.count).join(' ');
      tell?.(`kill ${kill + 1}: ${this.#progress.count} acknowledged; delivered: ${arrived}`);
    }
  }

  async #revive(): Promise<void> {
    while (this.#random.chance(cutStarts)) {
      await this.#server.startInVain(this.#random.below(1200));
      this.#killsAtStart += 1;
    }
    await this.#server.start();
  }

  /** Lets a random time go by, milliseconds at most: what is going on then is anybody's guess. */
  #pass(most: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#random.below(most)));
  }

  /** Resolves when so many events arrived, or when nothing has come for long. */
  async #arrivalOf(count: number, inbox: Inbox): Promise<void> {
    const all = inbox.accepted.atLeast(count).then(() => true);
    for (let before = -1; before < inbox.accepted.count; ) {
      before = inbox.accepted.count;
      const { promise, resolve } = Promise.withResolvers<false>();
      const timer = setTimeout(resolve, patienceMs, false);
      const complete = await Promise.race([all, promise]);
      clearTimeout(timer);
      if (complete) return;
    }
  }

  /** Deliveries that are not complete, once their number stays the same: results are written after the receiver knows. */
  async #pending(): Promise<number> {
    let pending = Number.POSITIVE_INFINITY;
    for (;;) {
      const before = pending;
      const counts = this.#webhooks.map(({ id }) => this.#pendingOf(id));
      pending = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
      if (pending === 0 || pending === before) return pending;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }

  async #pendingOf(id: string): Promise<number> {
    const client = await this.#server.client;
    let pending = 0;
    let cursor: string | null | undefined;
    do {
      const query = { limit: 100, ...(cursor ? { cursor } : {}) };
      const page = await client.listDeliveries({ params: { id }, query });
      pending += page.data.filter(({ status }) => status !== 'delivered').length;
      cursor = page.next_cursor;
    } while (cursor);
    return pending;
  }
}

/** Two event types of a provider that puts the event's id into its bodies. */
function kinds(): readonly Kind[] {
  const provider = builtInProviders.find(({ id }) => id === 'boltly');
  return Object.entries(provider?.events ?? {})
    .slice(0, 2)
    .map(([type, { sample }]) => ({ provider: provider?.id ?? '', type, sample }));
}

function subscriptions(): Subscription[] {
  const all = kinds();
  const sometimes: Moods = { refuses: 0.08, hangsUp: 0.04 };
  const never: Moods = { refuses: 0, hangsUp: 0 };
  const often: Moods = { refuses: 0.25, hangsUp: 0.1 };
  return [
    { kinds: all, ordering: 'parallel', moods: never },
    { kinds: all, ordering: 'parallel', moods: often },
    { kinds: all.slice(0, 1), ordering: 'parallel', moods: sometimes },
    { kinds: all, ordering: 'fifo', moods: never },
    { kinds: all.slice(1), ordering: 'fifo', moods: sometimes },
  ];
}
