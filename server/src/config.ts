import type { Provider } from '@bellhop/shared';
import { builtInProviders, operationalProvider, z } from '@bellhop/shared';
import { theme } from '@bellhop/shared/api/sessions';
import { rateLimit } from '@bellhop/shared/api/webhooks';
import { parseAllowList } from './target/addresses.ts';
import { parseProxyUrl } from './target/proxy-address.ts';

const proxySchema = z.strictObject({
  /** `http://` or `https://`, with the user name and the password it asks for, and its port. */
  url: z.string().superRefine(readableProxyUrl),
  /** Who finds the addresses of webhooks' hosts: this server, which checks them, or the proxy, which then has to. */
  resolve: z.enum(['here', 'proxy']).default('here'),
});

const hostPattern = z
  .string()
  .regex(/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/, 'must be a host name in lower case, or *. and a domain');

const originPattern = /^https?:\/\/(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/;
const originMessage =
  'must be an origin such as https://app.example.com or https://*.example.com, in lower case and without a path';

const reservedId = `has the id "${operationalProvider.id}", which belongs to Bellhop's own events; choose another id`;

/**
 * What an operator may set in `bellhop.config.ts`; everything has a default. Times and sizes carry their unit in their
 * name.
 */
export const configFileSchema = z.strictObject({
  /**
   * The server's catalogue. Default: the built-in providers. Name those you keep: `[...builtInProviders, mine]`. That of the
   * operational events is always there.
   */
  providers: z
    .array(
      z
        .custom<Provider>(isProvider, { error: 'must be made with defineProvider()', abort: true })
        .refine(({ id }) => id !== operationalProvider.id, reservedId),
    )
    .min(1)
    .default([...builtInProviders]),
  targets: z
    .strictObject({
      /** CIDR ranges and single addresses inside your own network that webhooks may point at. */
      allow: z.array(z.string()).default([]).superRefine(readableAllowList),
      /** The proxy that every delivery goes through: its URL, or `{ url, resolve }`. Default: none. */
      proxy: z.preprocess((value) => (typeof value === 'string' ? { url: value } : value), proxySchema.optional()),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** The largest request body. */
      bodyBytes: z
        .int()
        .min(1024)
        .default(1024 * 1024),
      /** The largest body of a batch. */
      batchBytes: z
        .int()
        .min(1024)
        .default(16 * 1024 * 1024),
    })
    .prefault({}),
  delivery: z
    .strictObject({
      /** Requests on the wire to one webhook at a time. */
      concurrencyPerWebhook: z.int().min(1).max(1000).default(10),
      /** Requests on the wire in all. Those that wait long for their answer count apart, up to three times as many. */
      concurrency: z.int().min(1).max(10_000).default(1000),
      /** Requests on the wire to one host, over all webhooks, counted likewise. */
      concurrencyPerHost: z.int().min(1).max(10_000).default(500),
      /**
       * The most requests to a host, over all webhooks: `{ 'hooks.example.com': { requests: 50, seconds: 1 } }`. A name
       * that begins with `*.` counts all hosts below that domain together.
       */
      ratePerHost: z.record(hostPattern, rateLimit).default({}),
      /** Deliveries of one webhook held in memory; the others wait in the store. Less while memory is short. */
      windowPerWebhook: z.int().min(1).max(10_000).default(200),
      /** Deliveries held in memory in all, beside one of each webhook. */
      window: z.int().min(1).max(1_000_000).default(20_000),
    })
    .prefault({}),
  dashboard: z
    .strictObject({
      /**
       * Where browsers reach this server: `https://hooks.example.com`, or with the path that a proxy serves it at. Default:
       * where the request for a portal link came to.
       */
      publicUrl: z.string().superRefine(usablePublicUrl).transform(withoutSlash).optional(),
      /** The origins of the sites that may show the dashboard in a frame: `https://app.example.com`, `https://*.example.com`. */
      frameAncestors: z.array(z.string().regex(originPattern, originMessage)).default([]),
      /** Hours that a browser stays signed in that was signed in with an API key. */
      sessionHours: z.number().min(0.1).max(720).default(12),
      /** How the dashboard looks unless a portal link says otherwise: `{ name, logo, color }`. */
      theme: theme.prefault({}),
    })
    .prefault({}),
  /** Of PostgreSQL, where DATABASE_URL names one. */
  database: z
    .strictObject({
      /** The most connections of this server. */
      poolSize: z.int().min(2).max(1000).default(10),
      /** Seconds that a call may wait for a connection. */
      connectSeconds: z.number().min(1).max(60).default(5),
      /** Seconds that the database may take to answer a query; then the connection is given up. */
      querySeconds: z.number().min(1).max(300).default(10),
      /**
       * Seconds after which the others take over from a server that does not say any more that it is alive. It stops
       * sending by itself before that.
       */
      leaseSeconds: z.number().min(2).max(300).default(15),
    })
    .prefault({}),
  retention: z
    .strictObject({
      /** Attempts kept per webhook. */
      attemptsPerWebhook: z.int().min(100).default(100),
      /** Days that events and their deliveries are kept; also the longest that deliveries are held. */
      eventDays: z.number().min(7).max(3650).default(30),
      /** Hours that idempotency keys are kept. */
      idempotencyHours: z.number().min(1).max(720).default(24),
    })
    .prefault({}),
  /** Seconds that requests on the wire may take to finish when the server is told to stop. */
  shutdownSeconds: z.number().min(0).max(300).default(15),
});

export type ConfigFile = z.output<typeof configFileSchema>;

/** What a node does: serve the API and take events, or send deliveries. */
export type Role = 'api' | 'deliver';

export interface Config extends ConfigFile {
  readonly production: boolean;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** The PostgreSQL database that keeps everything. Default: a SQLite file in the data directory. */
  readonly databaseUrl?: string | undefined;
  /** What this node does; one that does not do both shares a PostgreSQL database with others. */
  readonly roles: readonly Role[];
  readonly keys: Keys;
}

export interface Keys {
  readonly root: string;
  /** 32 bytes. */
  readonly encryption: Uint8Array;
}

/** What the operator has to change before the server can start. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws {ConfigError} naming every setting that is wrong. */
export function parseConfigFile(value: unknown, name: string): ConfigFile {
  const result = configFileSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    ({ path, message }) => `  - ${path.join('.') || 'the default export'}: ${message}`,
  );
  throw new ConfigError(`${name} cannot be used:\n${lines.join('\n')}`);
}

function isProvider(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'envelope' in value && 'delivery' in value && 'webhooks' in value
  );
}

function readableAllowList(entries: readonly string[], context: z.RefinementCtx): void {
  readable(() => parseAllowList(entries), context);
}

function readableProxyUrl(url: string, context: z.RefinementCtx): void {
  readable(() => parseProxyUrl(url), context);
}

function usablePublicUrl(text: string, context: z.RefinementCtx): void {
  const url = URL.parse(text);
  const usable = url && ['http:', 'https:'].includes(url.protocol) && url.href === `${url.origin}${url.pathname}`;
  if (usable && !/[?#]/.test(text)) return;
  const message =
    'must be a URL such as https://hooks.example.com, with http:// or https:// and nothing behind its path';
  context.addIssue({ code: 'custom', message });
}

function withoutSlash(text: string): string {
  return new URL(text).href.replace(/\/+$/, '');
}

function readable(read: () => unknown, context: z.RefinementCtx): void {
  try {
    read();
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'cannot be read' });
  }
}
