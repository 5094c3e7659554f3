import { join } from 'node:path';
import { Catalogue } from '@bellhop/shared';
import type { Logger } from 'pino';
import { v7 } from 'uuid';
import { createApp } from './api/app.ts';
import { Authenticator } from './api/authenticate.ts';
import { accountHandlers } from './api/handlers/accounts.ts';
import { catalogueHandlers } from './api/handlers/catalogue.ts';
import { developerAccessHandlers } from './api/handlers/developer-access.ts';
import { eventHandlers } from './api/handlers/events.ts';
import { hookHandlers } from './api/handlers/hooks.ts';
import { jobHandlers } from './api/handlers/jobs.ts';
import { logHandlers } from './api/handlers/log.ts';
import { webhookHandlers } from './api/handlers/webhooks.ts';
import type { Clock } from './clock.ts';
import { SteadyClock } from './clock.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config.ts';
import { Engine } from './deliver/engine.ts';
import { Sender } from './deliver/sender.ts';
import { HttpServer } from './http-server.ts';
import { JobRunner } from './jobs/runner.ts';
import { JobService } from './jobs/service.ts';
import { leaseMs, Maintenance } from './maintenance.ts';
import { Publisher } from './publish/publisher.ts';
import { Vault } from './security/vault.ts';
import type { Retention, Store } from './store/contract.ts';
import { StoreError } from './store/errors.ts';
import { openPostgresStore } from './store/postgres/store.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import { createTargetAgent, type TargetAgent } from './target/http-agent.ts';
import type { TargetPolicy } from './target/policy.ts';
import { developmentPolicy, productionPolicy } from './target/policy.ts';
import { post } from './target/post.ts';
import { version } from './version.ts';
import { WebhookService } from './webhooks/service.ts';
import { Tester } from './webhooks/tester.ts';

export interface Bellhop {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly store: Store;
  /** Takes no more, finishes or gives back what it holds, and closes. */
  stop(): Promise<void>;
}

export interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Told when the store is lost for good. Nothing can be accepted or recorded any more: end the process. */
  readonly onStoreLost?: (error: Error) => void;
  /** Stands between the server and its store; for tests that inject faults. */
  readonly wrapStore?: (store: Store) => Store;
}

const dayMs = 24 * 3600 * 1000;
const hourMs = 3600 * 1000;

/**
 * The composition root: builds every part, starts them in order, and stops them in reverse.
 *
 * @throws {ConfigError} or {StoreError} saying what to change, with everything that was started stopped again.
 */
export async function startBellhop(parts: Parts): Promise<Bellhop> {
  const { config, clock = new SteadyClock() } = parts;
  const opened = await openStore(parts);
  const store = parts.wrapStore?.(opened) ?? opened;
  try {
    await migrate(store, config);
    // What others last said tells nothing of this machine's clock.
    if (config.databaseUrl === undefined) await noticeClockSetBack(store, clock);
    const vault = new Vault(config.keys.encryption);
    await checkEncryptionKey(store, vault);
    return await startOn(store, vault, { ...parts, clock });
  } catch (error) {
    await store.close();
    throw withoutRoom(error) ? new StoreError('storage_full', noRoom(config.dataDir), { cause: error }) : error;
  }
}

/** PostgreSQL where a URL names one, else the SQLite file in the data directory. */
async function openStore({ config: { databaseUrl, database, dataDir }, onStoreLost }: Parts): Promise<Store> {
  if (databaseUrl !== undefined) return openPostgresStore(databaseUrl, database);
  return openSqliteStore(join(dataDir, 'bellhop.db'), onStoreLost);
}

/** @throws {ConfigError} when the database that DATABASE_URL names cannot be used. */
async function migrate(store: Store, { databaseUrl }: Config): Promise<void> {
  try {
    await store.migrate();
  } catch (cause) {
    if (databaseUrl === undefined) throw cause;
    const problem = cause instanceof Error ? cause.message : String(cause);
    const message = `DATABASE_URL: the database at ${URL.parse(databaseUrl)?.host} cannot be used (${problem}). Start it, or name one that this server may create tables in.`;
    throw new ConfigError(message, { cause });
  }
}

function withoutRoom(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'storage_full';
}

function noRoom(dataDir: string): string {
  return `The disk of ${dataDir} is full. Make room there and start again.`;
}

async function startOn(
  store: Store,
  vault: Vault,
  { config, log, clock }: Required<Omit<Parts, 'wrapStore' | 'onStoreLost'>>,
): Promise<Bellhop> {
  const node = `node_${v7()}`;
  const catalogue = new Catalogue(config.providers);
  const base = config.production ? productionPolicy : developmentPolicy;
  const targets: TargetPolicy = { ...base, allow: config.targets.allow };
  const stopping = new AbortController();
  const ending = stopping.signal;
  const agent = targetAgent(targets, config, log);
  const userAgent = `Bellhop/${version}`;
  const sender = new Sender({
    catalogue,
    clock,
    log,
    userAgent,
    random: Math.random,
    post: (request, { deadlineMs, wanted }) => post(agent, request, { deadlineMs, wanted, signal: ending }),
  });
  const engine = new Engine({ store, vault, sender, clock, log, node, settings: config.delivery, ending });
  const retention = retentionOf(config);
  const maintenance = new Maintenance({ store, node, retention, clock, log, onTakenOver: () => engine.wake() });
  const runner = new JobRunner({ store, engine, clock, log });
  const jobs = new JobService({ catalogue, store, clock, runner });
  const webhooks = new WebhookService({ catalogue, store, vault, targets, engine, clock });
  const tester = new Tester({ catalogue, store, deliveries: store, webhooks, sender, engine, clock, node });
  const publisher = new Publisher({ catalogue, store, delivery: engine, clock, log });
  const authenticator = new Authenticator(store, clock, config.keys.root);
  const samples = { catalogue, store, targets, userAgent };
  const app = createApp({
    handlers: {
      ...accountHandlers({ store, authenticator, clock, version }),
      ...catalogueHandlers({ catalogue, store, clock }),
      ...eventHandlers({ publisher, store, clock }),
      ...webhookHandlers({ webhooks, tester, samples, store, clock }),
      ...jobHandlers({ jobs, store }),
      ...logHandlers({ store, webhooks, engine, clock }),
      ...hookHandlers({ catalogue, webhooks, store }),
      ...developerAccessHandlers({ webhooks, store }),
    },
    authenticator,
    limits: config.limits,
    ready: () => answers(store),
    version,
    log,
  });
  const http = new HttpServer(app, config.host, config.port);
  const grace = { ms: config.shutdownSeconds * 1000, over: stopping };
  return serve({
    store,
    shared: config.databaseUrl !== undefined,
    node,
    clock,
    grace,
    agent,
    maintenance,
    engine,
    runner,
    http,
  });
}

interface Running {
  readonly store: Store;
  /** Whether other processes may work on the store. */
  readonly shared: boolean;
  readonly node: string;
  readonly clock: Clock;
  /** How long what is on the wire has to finish, and what breaks it off then. */
  readonly grace: { readonly ms: number; readonly over: AbortController };
  readonly agent: ReturnType<typeof createTargetAgent>;
  readonly maintenance: Maintenance;
  readonly engine: Engine;
  readonly runner: JobRunner;
  readonly http: HttpServer;
}

/** Starts what runs by itself in order; `stop` stops it in reverse. */
async function serve(parts: Running): Promise<Bellhop> {
  const { store, shared, node, clock, grace, agent, maintenance, engine, runner, http } = parts;
  // A process that has the store to itself (its lock says so) knows that whoever else holds deliveries has ended.
  await store.takeOver(node, shared ? clock.now() : Number.MAX_SAFE_INTEGER, clock.now());
  await maintenance.start();
  engine.start();
  runner.start();
  const stop = async () => {
    const finished = clock.after(grace.ms, () => {
      http.abort();
      grace.over.abort();
    });
    await http.stop();
    await runner.stop();
    await engine.stop();
    finished();
    await maintenance.stop();
    await agent.destroy();
    await store.close();
  };
  try {
    return { url: await http.start(), store, stop };
  } catch (error) {
    await runner.stop();
    await engine.stop();
    await maintenance.stop();
    await agent.destroy();
    throw error;
  }
}

function targetAgent(policy: TargetPolicy, { delivery, targets }: Config, log: Logger): TargetAgent {
  return createTargetAgent(policy, {
    // All webhooks of a platform share one origin, so one origin may need every connection.
    maxConnectionsPerOrigin: delivery.concurrency,
    ...(targets.proxy ? { proxy: targets.proxy } : {}),
    onProxyTrouble: (proxy, problem) => log.warn({ proxy, problem }, 'proxy'),
  });
}

function retentionOf({ retention }: Config): Retention {
  return {
    attemptsPerWebhook: retention.attemptsPerWebhook,
    eventsMs: retention.eventDays * dayMs,
    idempotencyMs: retention.idempotencyHours * hourMs,
  };
}

/** A clock that was set back while the server was off would leave what waits waiting longer. */
async function noticeClockSetBack(store: Store, clock: Clock): Promise<void> {
  const lastSeen = await store.lastSeen();
  // A node that died had said it would live a little longer.
  if (lastSeen !== null && clock.wall() < lastSeen - leaseMs) clock.continueFrom(lastSeen);
}

/** @throws {ConfigError} when the store's secrets were encrypted with another key. */
async function checkEncryptionKey(store: Store, vault: Vault): Promise<void> {
  const probe = vault.seal({ authentication: { type: 'none' }, headers: {}, secrets: [] }, 'probe');
  const kept = await store.remember('encryption-key', probe);
  try {
    vault.open(kept, 'probe');
  } catch (cause) {
    const message =
      'BELLHOP_ENCRYPTION_KEY is not the key this store was created with. Start with that key; without it the stored secrets cannot be read.';
    throw new ConfigError(message, { cause });
  }
}

async function answers(store: Store): Promise<boolean> {
  try {
    await store.getOrganization('org_none');
    return true;
  } catch {
    return false;
  }
}
