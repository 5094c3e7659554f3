import { Catalogue, defineProvider, z } from '@bellhop/shared';
import type { Logger } from 'pino';
import { pino } from 'pino';
import { Sender } from '../../src/attempt/sender.ts';
import { Member } from '../../src/cluster/member.ts';
import { Dispatcher } from '../../src/lane/dispatcher.ts';
import type { EngineParts, EngineSettings } from '../../src/lane/engine.ts';
import { Engine } from '../../src/lane/engine.ts';
import type { Lane } from '../../src/lane/lane.ts';
import { defaultTuning } from '../../src/lane/tuning.ts';
import { Wire } from '../../src/lane/wire.ts';
import type { Published } from '../../src/publish/publisher.ts';
import { Publisher } from '../../src/publish/publisher.ts';
import { Vault } from '../../src/security/vault.ts';
import { silence } from '../../src/store/contract/signals.ts';
import { StoreError } from '../../src/store/errors.ts';
import type { Receivers } from './receivers.ts';
import { retrySchedule } from './receivers.ts';
import type { SignalBus, SignalEnd } from './signal-bus.ts';
import type { StoreLink } from './store-link.ts';
import type { Host, Timeline } from './timeline.ts';
import { VirtualClock } from './virtual-clock.ts';
import type { Sending, Watch } from './watch.ts';

export const organizationId = 'org_1';
export const eventTypes = ['a', 'b', 'c'];
export const leaseMs = 15_000;

const eventType = { label: 'Thing', description: 'Triggers when it happens.', schema: z.looseObject({}), sample: {} };

const provider = defineProvider({
  id: 'simulated',
  name: 'Simulated',
  description: 'What is published in a simulation.',
  events: Object.fromEntries(eventTypes.map((type) => [type, eventType])),
  envelope: ({ id }) => ({ id }),
  headers: ({ deliveryId }) => ({ 'X-Delivery': deliveryId }),
  signature: null,
  delivery: { timeoutMs: 6000, retry: { delays: retrySchedule, jitter: 0 } },
});

const catalogue = new Catalogue([provider]);
const vault = new Vault(new Uint8Array(32));

/** What a webhook keeps secret: nothing. */
export function sealedFor(id: string): string {
  return vault.sealFor({ id }, { authentication: { type: 'none' }, headers: {}, secrets: [] });
}
export const providerId = provider.id;

export interface NodeParts {
  readonly host: Host;
  readonly timeline: Timeline;
  readonly link: StoreLink;
  readonly bus: SignalBus;
  readonly receivers: Receivers;
  readonly watch: Watch;
  readonly shared: boolean;
  readonly settings: EngineSettings;
  /** How far the machine's clock is ahead of the store's. */
  readonly wallMs: number;
}

/** A server but for its API, its jobs and its house-keeping, put together as compose.ts does it. */
export class SimulatedNode {
  readonly host: Host;
  readonly link: StoreLink;
  readonly signals: SignalEnd;
  state: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting';
  /** What is known of its engine, and of those that its lease has ended. */
  readonly #incarnations: Sending[] = [];
  readonly #parts: NodeParts;
  readonly #clock: VirtualClock;
  readonly #member: Member;
  readonly #dispatcher: Dispatcher;
  readonly #publisher: Publisher;
  readonly #wire: Wire<Lane>;
  readonly #ending = new AbortController();

  constructor(parts: NodeParts) {
    const { host, timeline, link, bus, shared, settings, wallMs } = parts;
    this.#parts = parts;
    this.host = host;
    this.link = link;
    this.signals = bus.open(host);
    const clock = new VirtualClock(timeline, host, wallMs);
    this.#clock = clock;
    const { store } = link;
    const log = this.#log();
    this.#wire = new Wire<Lane>(settings, clock);
    const member = new Member({ store, shared, delivers: true, leaseMs, clock, log, process: host.name });
    this.#member = member;
    const signals = shared ? this.signals : silence;
    const newEngine = (node: string) => this.#newEngine(node, { clock, log, signals });
    this.#dispatcher = new Dispatcher({ member, signals, newEngine, onDue: () => {} });
    this.#publisher = new Publisher({
      catalogue,
      store,
      delivery: this.#dispatcher,
      fanOut: { wake: () => {} },
      clock,
      log,
    });
    // What is broken off may have arrived.
    this.#ending.signal.addEventListener('abort', () => this.#lapse());
  }

  /** @throws {StoreError} when the store cannot be reached. */
  async start(): Promise<void> {
    const dispatcher = this.#dispatcher;
    await this.#member.start({
      expired: () => dispatcher.expired(),
      moved: () => dispatcher.moved(),
      lost: () => {
        this.#lapse();
        return dispatcher.lost();
      },
      regained: () => dispatcher.regained(),
    });
    this.signals.start({
      hear: (signal) => {
        dispatcher.hear(signal);
        if (signal.kind === 'changed') this.#heardOf(signal.webhookIds);
      },
      missed: () => dispatcher.missed(),
    });
    dispatcher.start();
    this.state = 'running';
  }

  /** As on SIGTERM: what is on the wire has so long to finish. */
  async stop(graceMs: number): Promise<void> {
    this.state = 'stopping';
    const finished = this.#clock.after(graceMs, () => this.#ending.abort());
    await this.#dispatcher.stop();
    this.#wire.stop();
    finished();
    await this.#member.stop();
    await this.signals.stop();
    this.state = 'stopped';
  }

  /** Something goes wrong for it until a time. */
  troubled(until: number): void {
    for (const each of this.#incarnations) each.troubleAt = Math.max(each.troubleAt, until);
  }

  publish(types: readonly string[]): Promise<Published> {
    const occurredAt = this.#clock.now();
    const inputs = types.map((type) => ({ provider: provider.id, type, data: {}, occurredAt }));
    const events = inputs.map((input) => ({ input, errors: [], idempotency: null }));
    return this.#publisher.publish({ organizationId, events, idempotency: null, field: (index) => `${index}` });
  }

  async setStatus(webhookId: string, status: 'active' | 'paused'): Promise<void> {
    const { store } = this.link;
    if (status === 'active') await store.bringForward(organizationId, webhookId, this.#clock.now());
    const reason = status === 'active' ? null : { code: 'paused', message: 'Paused.', at: this.#clock.now() };
    const webhook = await store.setWebhookStatus(organizationId, webhookId, { status, reason }, this.#clock.now());
    if (!webhook) return;
    this.#dispatcher.refresh(webhook);
    for (const { changedTo } of this.#incarnations) changedTo.set(webhookId, webhook.revision);
  }

  async delete(webhookId: string): Promise<void> {
    await this.link.store.deleteWebhook(organizationId, webhookId, this.#clock.now());
    this.#dispatcher.remove(webhookId);
    for (const { changedTo } of this.#incarnations) changedTo.set(webhookId, Number.POSITIVE_INFINITY);
  }

  #newEngine(node: string, parts: Pick<EngineParts, 'clock' | 'log' | 'signals'>): Engine {
    const { host, receivers, shared, settings } = this.#parts;
    const sending: Sending = { node, host, lapses: 0, troubleAt: 0, changedTo: new Map(), heardAt: new Map() };
    this.#incarnations.push(sending);
    const { signal } = this.#ending;
    const sender = new Sender({
      ...parts,
      catalogue,
      userAgent: 'Bellhop',
      random: Math.random,
      faults: { failing: () => {}, well: () => {} },
      post: (request, limits) => {
        this.#noteClock();
        return receivers.post(sending, request, { ...limits, signal });
      },
    });
    const { store } = this.#parts.link;
    const around = { store, vault, sender, member: this.#member, wire: this.#wire, shared, settings };
    return new Engine({ ...parts, ...around, node, tuning: defaultTuning, onRecorded: () => {}, ending: signal });
  }

  /** What it had sent it may not know the end of. */
  #lapse(): void {
    for (const each of this.#incarnations) each.lapses += 1;
  }

  #heardOf(webhookIds: readonly string[]): void {
    const { now } = this.#parts.timeline;
    for (const { heardAt } of this.#incarnations) for (const id of webhookIds) heardAt.set(id, now);
  }

  #noteClock(): void {
    const { watch, timeline, shared } = this.#parts;
    if (shared) watch.clockErrorMs = Math.max(watch.clockErrorMs, Math.abs(this.#clock.now() - timeline.now));
  }

  /** A log that only wants to know of errors which nobody foresaw. */
  #log(): Logger {
    const { watch } = this.#parts;
    return pino({
      level: 'error',
      hooks: {
        logMethod(args) {
          const [told] = args as readonly unknown[];
          const error = typeof told === 'object' && told !== null && 'err' in told ? told.err : undefined;
          if (error !== undefined && !(error instanceof StoreError)) watch.violation('error', inspectError(error));
        },
      },
    });
  }
}

function inspectError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
