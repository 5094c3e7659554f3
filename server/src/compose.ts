import { networkInterfaces } from 'node:os';
import { Catalogue } from '@bellhop/shared';
import type { Logger } from 'pino';
import { EventStreams } from './api/event-streams.ts';
import { Sender } from './attempt/sender.ts';
import type { Clock } from './clock.ts';
import { SteadyClock } from './clock.ts';
import { Member } from './cluster/member.ts';
import type { ApiParts } from './compose-api.ts';
import { newApp } from './compose-api.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config.ts';
import type { Loop } from './flow/loop.ts';
import { HttpServer } from './http-server.ts';
import { JobRunner } from './jobs/runner.ts';
import { Dispatcher } from './lane/dispatcher.ts';
import type { EngineParts } from './lane/engine.ts';
import { Engine } from './lane/engine.ts';
import type { Tuning } from './lane/tuning.ts';
import { defaultTuning } from './lane/tuning.ts';
import { type Entrant, Wire } from './lane/wire.ts';
import { Maintenance } from './maintenance.ts';
import { AttemptFeed } from './observe/attempt-feed.ts';
import { Tally } from './observe/tally.ts';
import { fanOutLoop } from './publish/fan-out.ts';
import { operatorEvents } from './publish/operator-events.ts';
import type { DeliveryStart } from './publish/publisher.ts';
import { Vault } from './security/vault.ts';
import type { AttemptResult, Store } from './store/contract/index.ts';
import type { Signals } from './store/contract/signals.ts';
import { StoreError } from './store/errors.ts';
import { migrateStore, openSignals, openStore } from './store/open.ts';
import { retentionOf } from './store/retention.ts';
import { createTargetAgent, type TargetAgent } from './target/http-agent.ts';
import { OwnFaults } from './target/own-faults.ts';
import type { TargetPolicy } from './target/policy.ts';
import { developmentPolicy, productionPolicy } from './target/policy.ts';
import { post } from './target/post.ts';
import { version } from './version.ts';

export interface Bellhop {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly store: Store;
  /** Stops taking requests, finishes or releases its deliveries, and closes. */
  stop(): Promise<void>;
}

export interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Called when the store is lost for good: end the process. */
  readonly onStoreLost?: (error: Error) => void;
  /** The built dashboard. Default: where `npm run build` puts it. */
  readonly dashboardDirectory?: string;
  /** Times that tests shorten. */
  readonly tuning?: Partial<Tuning>;
  /** Wraps the store, for tests that inject faults. */
  readonly wrapStore?: (store: Store) => Store;
}

/**
 * The composition root: builds all parts, starts them in order and stops them in reverse.
 *
 * @throws {ConfigError} or {StoreError} that says what to change. Everything is stopped again then.
 */
export async function startBellhop(parts: Parts): Promise<Bellhop> {
  const { config, clock = new SteadyClock() } = parts;
  const opened = await openStore(config, parts.onStoreLost);
  const store = parts.wrapStore?.(opened) ?? opened;
  try {
    await migrateStore(store, config);
    // On a shared store, the last heartbeat may be another machine's.
    if (!isShared(config)) await noticeClockSetBack(store, clock, config.database.leaseSeconds * 1000);
    const vault = new Vault(config.keys.encryption);
    await checkEncryptionKey(store, vault);
    await checkOperator(store, config);
    return await start(build(store, vault, { ...parts, clock }));
  } catch (error) {
    await store.close();
    throw withoutRoom(error) ? new StoreError('storage_full', noRoom(config.dataDir), { cause: error }) : error;
  }
}

function withoutRoom(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'storage_full';
}

function noRoom(dataDir: string): string {
  return `The disk of ${dataDir} is full. Make room there and start again.`;
}

/** Other processes may use the store. */
function isShared({ databaseUrl }: Config): boolean {
  return databaseUrl !== undefined;
}

type Surroundings = Required<Pick<Parts, 'config' | 'log' | 'clock'>> & Pick<Parts, 'dashboardDirectory' | 'tuning'>;

/** Everything that has to be started, stopped or closed. */
interface Running {
  readonly store: Store;
  readonly clock: Clock;
  /** How long requests on the wire have to finish; then they are aborted. */
  readonly grace: { readonly ms: number; readonly over: AbortController };
  readonly agent: TargetAgent;
  readonly member: Member;
  readonly signals: Signals;
  readonly maintenance: Maintenance;
  readonly dispatcher: Dispatcher;
  readonly wire: Wire<Entrant>;
  readonly tally: Tally;
  readonly runner: JobRunner | null;
  readonly fanOut: Loop;
  readonly streams: EventStreams;
  readonly http: HttpServer;
}

function build(store: Store, vault: Vault, surroundings: Surroundings): Running {
  const { config, log, clock } = surroundings;
  const shared = isShared(config);
  const delivers = config.roles.includes('deliver');
  const targets: TargetPolicy = { ...(config.production ? productionPolicy : developmentPolicy), ...allowed(config) };
  const stopping = new AbortController();
  const agent = targetAgent(targets, config, log);
  const { organization: operator } = config.operator;
  const catalogue = new Catalogue(config.providers, { forOperator: operator !== undefined });
  const delivery: DeliveryStart = { birth: () => dispatcher.birth(), dispatch: (each) => dispatcher.dispatch(each) };
  const listener = operator ? operatorEvents({ organizationId: operator, store, delivery, clock, log }) : undefined;
  const faults = new OwnFaults(clock, log, listener);
  const sender = newSender(catalogue, agent, faults, stopping.signal, surroundings);
  const leaseMs = config.database.leaseSeconds * 1000;
  const member = new Member({ store, shared, delivers, leaseMs, clock, log });
  const signals = openSignals(config, member.id, log);
  const tally = new Tally({ store, clock, log });
  const feed = new AttemptFeed({ store, shared, clock, log });
  const streams = new EventStreams(clock);
  const wire = new Wire<Entrant>(config.delivery, clock);
  const onRecorded = recordedListener(tally, feed);
  const sending = { store, vault, sender, wire, member, shared, signals, clock, log, onRecorded };
  const newEngine = delivers ? engineFactory({ ...sending, ending: stopping.signal }, surroundings) : null;
  const dispatcher = new Dispatcher({ member, signals, newEngine, onDue: () => runner?.wake() });
  const runner = delivers ? new JobRunner({ store, engine: dispatcher, clock, log }) : null;
  const fanOut = fanOutLoop({ store, delivery, clock, log });
  const stages = {
    catalogue,
    store,
    vault,
    targets,
    sender,
    dispatcher,
    runner,
    fanOut,
    wire,
    feed,
    streams,
    member,
    userAgent,
  };
  return {
    store,
    clock,
    grace: { ms: config.shutdownSeconds * 1000, over: stopping },
    agent,
    member,
    signals,
    maintenance: new Maintenance({
      store,
      retention: retentionOf(config),
      leads: () => member.leads,
      onDue: () => dispatcher.wake(),
      clock,
      log,
    }),
    dispatcher,
    wire,
    tally,
    runner,
    fanOut,
    streams,
    http: newHttpServer({ ...stages, ...surroundings }),
  };
}

function newHttpServer(parts: ApiParts): HttpServer {
  const { host, port, limits } = parts.config;
  return new HttpServer({ listener: newApp(parts), host, port, limits, log: parts.log });
}

/** Makes the engine of each lease of this node. */
function engineFactory(
  parts: Omit<EngineParts, 'node' | 'settings' | 'tuning'>,
  { config, tuning }: Surroundings,
): (node: string) => Engine {
  const settings = { settings: config.delivery, tuning: { ...defaultTuning, ...tuning } };
  return (node) => new Engine({ ...parts, ...settings, node });
}

function recordedListener(tally: Tally, feed: AttemptFeed): (results: readonly AttemptResult[]) => void {
  return (results) => {
    tally.add(results);
    feed.tell(results);
  };
}

function allowed({ targets }: Config): Pick<TargetPolicy, 'allow'> {
  return { allow: targets.allow };
}

const userAgent = `Bellhop/${version}`;

function newSender(
  catalogue: Catalogue,
  agent: TargetAgent,
  faults: OwnFaults,
  signal: AbortSignal,
  { clock, log }: Surroundings,
): Sender {
  return new Sender({
    catalogue,
    clock,
    log,
    userAgent,
    random: Math.random,
    faults,
    post: async (request, { deadlineMs, wanted }) => {
      const result = await post(agent, request, { deadlineMs, wanted, signal });
      return faults.judge(URL.parse(request.url)?.host ?? '', result);
    },
  });
}

async function start(running: Running): Promise<Bellhop> {
  const { store, clock, grace, member, signals, maintenance, dispatcher, tally, runner, fanOut, streams, http } =
    running;
  await member.start(dispatcher);
  signals.start(dispatcher);
  maintenance.start();
  dispatcher.start();
  tally.start();
  runner?.start();
  fanOut.start();
  const stop = async () => {
    const finished = clock.after(grace.ms, () => {
      http.abort();
      grace.over.abort();
    });
    streams.stop();
    await http.stop();
    await stopWorking(running);
    finished();
    await leave(running);
    await store.close();
  };
  try {
    return { url: await http.start(), store, stop };
  } catch (error) {
    await stopWorking(running);
    await leave(running);
    throw error;
  }
}

async function stopWorking({ maintenance, runner, fanOut, dispatcher, wire, tally }: Running): Promise<void> {
  await Promise.all([runner?.stop(), fanOut.stop()]);
  await dispatcher.stop();
  wire.stop();
  await tally.stop();
  await maintenance.stop();
}

async function leave({ member, signals, agent }: Running): Promise<void> {
  await member.stop();
  await signals.stop();
  await agent.destroy();
}

function targetAgent(policy: TargetPolicy, { delivery, targets }: Config, log: Logger): TargetAgent {
  return createTargetAgent(policy, {
    // All webhooks of a platform share an origin, which may need every connection.
    maxConnectionsPerOrigin: delivery.concurrency,
    ...(targets.proxy ? { proxy: targets.proxy } : {}),
    ...(targets.ca ? { authorities: targets.ca } : {}),
    ...(targets.nameServers ? { nameServers: targets.nameServers } : {}),
    ...(targets.sourceAddress ? { sourceAddress: ownAddress(targets.sourceAddress) } : {}),
    onProxyTrouble: (proxy, problem) => log.warn({ proxy, problem }, 'proxy'),
  });
}

/** @throws {ConfigError} if the machine does not have the address. */
function ownAddress(address: string): string {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map((each) => each.address));
  if (own.includes(address)) return address;
  throw new ConfigError(
    `targets.sourceAddress: ${address} is not an address of this machine; use one of ${own.join(', ')}.`,
  );
}

/** Without this, a clock set back while the server was off would delay what waits. */
async function noticeClockSetBack(store: Store, clock: Clock, leaseMs: number): Promise<void> {
  const lastSeen = await store.lastSeen();
  // A killed node's last heartbeat reached into the future.
  if (lastSeen !== null && clock.wall() < lastSeen - leaseMs) clock.continueFrom(lastSeen);
}

/** @throws {ConfigError} if the operator's organization does not exist. */
async function checkOperator(store: Store, { operator: { organization } }: Config): Promise<void> {
  if (organization === undefined || (await store.getOrganization(organization))) return;
  throw new ConfigError(
    `operator.organization: there is no organization ${organization}. Create one with POST /v1/organizations and use its id.`,
  );
}

/** @throws {ConfigError} if the store's secrets were encrypted with another key. */
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
