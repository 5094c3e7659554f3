import type { Catalogue } from '@bellhop/shared';
import type { Logger } from 'pino';
import { isBuilt } from '../dashboard/built.ts';
import { createApp } from './api/app.ts';
import { Authenticator } from './api/authenticate.ts';
import type { EventStreams } from './api/event-streams.ts';
import { accountHandlers } from './api/handlers/accounts.ts';
import { catalogueHandlers } from './api/handlers/catalogue.ts';
import { developerAccessHandlers } from './api/handlers/developer-access.ts';
import { eventHandlers } from './api/handlers/events.ts';
import { hookHandlers } from './api/handlers/hooks.ts';
import { jobHandlers } from './api/handlers/jobs.ts';
import { logHandlers } from './api/handlers/log.ts';
import { sessionHandlers } from './api/handlers/sessions.ts';
import { statisticsHandlers } from './api/handlers/statistics.ts';
import { webhookHandlers } from './api/handlers/webhooks.ts';
import type { Handlers } from './api/router.ts';
import { WebhookResources } from './api/webhook-resources.ts';
import type { Sender } from './attempt/sender.ts';
import type { Clock } from './clock.ts';
import type { Member } from './cluster/member.ts';
import type { Config } from './config.ts';
import type { JobRunner } from './jobs/runner.ts';
import { JobService } from './jobs/service.ts';
import type { Dispatcher } from './lane/dispatcher.ts';
import type { Entrant, Wire } from './lane/wire.ts';
import type { AttemptFeed } from './observe/attempt-feed.ts';
import { Publisher, type PublisherParts } from './publish/publisher.ts';
import { FailedAttempts } from './security/failed-attempts.ts';
import type { Vault } from './security/vault.ts';
import { cookieSettingsOf, SessionCookie } from './sessions/cookie.ts';
import { SessionService } from './sessions/service.ts';
import type { Store } from './store/contract/index.ts';
import type { TargetPolicy } from './target/policy.ts';
import { version } from './version.ts';
import { WebhookService } from './webhooks/service.ts';
import { Tester } from './webhooks/tester.ts';

export interface ApiParts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** The dashboard's build output. Default: where `npm run build` writes it. */
  readonly dashboardDirectory?: string;
  /** Of deliveries. */
  readonly userAgent: string;
  readonly catalogue: Catalogue;
  readonly store: Store;
  readonly vault: Vault;
  readonly targets: TargetPolicy;
  readonly sender: Sender;
  readonly dispatcher: Dispatcher;
  readonly runner: JobRunner | null;
  readonly fanOut: PublisherParts['fanOut'];
  readonly wire: Wire<Entrant>;
  readonly feed: AttemptFeed;
  readonly streams: EventStreams;
  readonly member: Member;
}

/** Builds the HTTP side, and on a node with the role `api` the services behind the API. */
export function newApp(parts: ApiParts): ReturnType<typeof createApp> {
  const { config, store, clock, member, log } = parts;
  const cookie = new SessionCookie(cookieSettingsOf(config));
  const attempts = new FailedAttempts(clock, config.limits.failedAttemptsPerMinute);
  const authenticator = new Authenticator({ store, clock, rootKey: config.keys.root, cookie, attempts });
  return createApp({
    handlers: config.roles.includes('api') ? newHandlers(parts, { authenticator, attempts, cookie }) : null,
    authenticator,
    limits: config.limits,
    streams: parts.streams,
    dashboard: { directory: parts.dashboardDirectory, ...config.dashboard },
    ready: async () => member.holds() && (await responds(store, clock)),
    version,
    log,
  });
}

interface Access {
  readonly authenticator: Authenticator;
  readonly attempts: FailedAttempts;
  readonly cookie: SessionCookie;
}

function newHandlers(parts: ApiParts, access: Access): Handlers {
  const { authenticator, cookie } = access;
  const {
    config,
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
    member,
    clock,
    log,
    userAgent,
  } = parts;
  const engine = dispatcher;
  const wakeJobs = () => (runner ? runner.wake() : dispatcher.wake());
  const jobs = new JobService({ catalogue, store, clock, runner: { wake: wakeJobs } });
  const webhooks = new WebhookService({ catalogue, store, vault, targets, engine, clock });
  const tester = new Tester({
    catalogue,
    store,
    deliveries: store,
    webhooks,
    sender,
    wire,
    engine,
    feed,
    clock,
    member,
  });
  const publisher = new Publisher({ catalogue, store, delivery: dispatcher, fanOut, clock, log });
  const sessions = newSessions(parts, access);
  const resources = new WebhookResources(webhooks, { catalogue, store });
  const { production, dashboard } = config;
  const { publicUrl } = dashboard;
  const dashboardIsBuilt = () => isBuilt(parts.dashboardDirectory);
  const samples = { catalogue, store, targets, userAgent };
  return {
    ...accountHandlers({ store, authenticator, clock, version }),
    ...sessionHandlers({ sessions, cookie, store, publicUrl, production, dashboardIsBuilt, version }),
    ...catalogueHandlers({ catalogue, store, operator: config.operator, clock }),
    ...eventHandlers({ publisher, store, clock }),
    ...webhookHandlers({ webhooks, resources, tester, samples, store, clock }),
    ...jobHandlers({ jobs, store }),
    ...logHandlers({ store, webhooks, feed, engine, clock }),
    ...statisticsHandlers({ store, clock }),
    ...hookHandlers({ catalogue, webhooks, resources, store }),
    ...developerAccessHandlers({ webhooks, store }),
  };
}

function newSessions({ config, store, clock }: ApiParts, { authenticator, attempts }: Access): SessionService {
  const { sessionHours, theme } = config.dashboard;
  return new SessionService({ store, authenticator, attempts, clock, sessionMs: sessionHours * 3600 * 1000, theme });
}

/** Readiness probes have short time-outs themselves. */
const probeMs = 2000;

async function responds(store: Store, clock: Clock): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const cancel = clock.after(probeMs, () => timeout.resolve(false));
  const answer = store.getOrganization('org_none').then(
    () => true,
    () => false,
  );
  return Promise.race([answer, timeout.promise]).finally(cancel);
}
