import { Resolver } from 'node:dns';
import { isIP } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import type { Provider } from '@bellhop/shared';
import { builtInProviders, operationalProvider, operatorProvider, z } from '@bellhop/shared';
import { theme } from '@bellhop/shared/api/sessions';
import { rateLimit } from '@bellhop/shared/api/webhooks';
import { parseAllowList } from './target/addresses.ts';
import { readAuthorityFile } from './target/authority-file.ts';
import { parseProxyUrl } from './target/proxy-address.ts';
import { parseProxyExceptions } from './target/proxy-exceptions.ts';

const proxySchema = z.strictObject({
  /** `http://` or `https://`, with a user name and password if the proxy requires them, and its port. */
  url: z.string().superRefine(readableProxyUrl),
  /** Who resolves webhooks' hosts: this server, which checks the addresses, or the proxy, which then has to. */
  resolve: z.enum(['here', 'proxy']).default('here'),
  /**
   * Targets to connect to without the proxy, as in NO_PROXY: `hooks.example.com` (and those below it), `.example.com`
   * (only those below it), `10.0.0.0/8` (addresses in URLs), each with `:port` if it is for that alone. Default: none.
   */
  except: z.array(z.string()).superRefine(readableExceptions).optional(),
});

/** A name, an address, `*.domain` or `*`. */
const authorityHost = z
  .string()
  .refine(
    (text) => text === '*' || isIP(text) !== 0 || /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(text),
    'must be a host in lower case, such as hooks.internal, or *.example.com for those below a domain, or *',
  );

/** Names of files become their certificates. */
const authorityFiles = z.array(z.string().min(1)).min(1).transform(readAuthorities);

const hostPattern = z
  .string()
  .regex(
    /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/,
    'must be a host name in lower case, such as hooks.example.com or *.example.com',
  );

const originPattern = /^https?:\/\/(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?$/;
const originMessage =
  'must be an origin such as https://app.example.com or https://*.example.com, in lower case and without a path';

const megabyte = 1024 * 1024;

function eighthOfHeap(): number {
  const eighth = Math.round(getHeapStatistics().heap_size_limit / 8);
  return Math.min(Math.max(eighth, 8 * megabyte), 256 * megabyte);
}

const reservedIds: readonly string[] = [operationalProvider.id, operatorProvider.id];

/** The settings of `bellhop.config.ts`. All have defaults; names of times and sizes include the unit. */
export const configFileSchema = z.strictObject({
  /**
   * The server's catalogue. Default: the built-in providers. To add one: `[...builtInProviders, mine]`. The provider
   * of operational events is always included.
   */
  providers: z
    .array(
      z
        .custom<Provider>(isProvider, { error: 'must be made with defineProvider()', abort: true })
        .refine(({ id }) => !reservedIds.includes(id), {
          error: ({ input }) =>
            `has the id "${(input as Provider).id}", which is reserved for Bellhop's own events; choose another id`,
        }),
    )
    .min(1)
    .default([...builtInProviders]),
  targets: z
    .strictObject({
      /** CIDR ranges and single addresses in your network that webhooks can point at. */
      allow: z.array(z.string()).default([]).superRefine(readableAllowList),
      /** The proxy for all deliveries: its URL, or `{ url, resolve }`. Default: none. */
      proxy: z.preprocess((value) => (typeof value === 'string' ? { url: value } : value), proxySchema.optional()),
      /**
       * Files of certificates (PEM) to trust besides the public authorities: a list for all receivers, or lists by host:
       * `{ 'hooks.internal': ['/etc/bellhop/internal.pem'], '*.example.com': [...] }`. Read at start. Default: none.
       */
      ca: z.preprocess(
        (value) => (Array.isArray(value) ? { '*': value } : value),
        z.record(authorityHost, authorityFiles).optional(),
      ),
      /**
       * Name servers for receivers' hosts: `127.0.0.1`, `[::1]:5353`. Default: those of the operating system, which are
       * read again every minute.
       */
      nameServers: z.array(z.string()).min(1).superRefine(usableNameServers).optional(),
      /** The local address of outgoing connections. Only receivers of its family are reached. Default: any. */
      sourceAddress: z
        .string()
        .refine((text) => isIP(text) !== 0, 'must be an IPv4 or IPv6 address of this machine')
        .optional(),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** The largest event, alone or in a batch. */
      bodyBytes: z
        .int()
        .min(1024)
        .default(1024 * 1024),
      /** The largest body of a batch. */
      batchBytes: z
        .int()
        .min(1024)
        .default(5 * 1024 * 1024),
      /** JSON values in one event: objects, lists, texts, numbers and so on. A batch has at most ten times as many. */
      eventValues: z.int().min(100).max(1_000_000).default(20_000),
      /** Seconds for a request to arrive (its headers have at most 20), and for its answer to be read. */
      requestSeconds: z.number().min(0.1).max(3600).default(60),
      /** Open connections of clients. When there are more, idle ones are closed, and then new ones are refused. */
      connections: z.int().min(1).max(1_000_000).default(10_000),
      /** The same for one client address. All clients behind a reverse proxy have its address. */
      connectionsPerAddress: z.int().min(1).max(1_000_000).default(1000),
      /** Failed attempts to authenticate per minute: from one client address, and with one beginning of API keys. */
      failedAttemptsPerMinute: z.int().min(1).max(1_000_000).default(60),
    })
    .prefault({}),
  delivery: z
    .strictObject({
      /** Concurrent requests to one webhook. */
      concurrencyPerWebhook: z.int().min(1).max(1000).default(10),
      /** Concurrent requests in total. Those that wait long for a response count apart, up to three times as many. */
      concurrency: z.int().min(1).max(10_000).default(1000),
      /** Concurrent requests to one host, over all webhooks, counted likewise. */
      concurrencyPerHost: z.int().min(1).max(10_000).default(500),
      /**
       * Rate limits of hosts, over all webhooks: `{ 'hooks.example.com': { requests: 50, seconds: 1 } }`. A name that
       * starts with `*.` is one limit for all hosts below that domain.
       */
      ratePerHost: z.record(hostPattern, rateLimit).default({}),
      /** Deliveries of one webhook held in memory; the rest waits in the store. Fewer while the `window` is full. */
      windowPerWebhook: z.int().min(1).max(10_000).default(200),
      /** Deliveries held in memory in total, besides one for each webhook. */
      window: z.int().min(1).max(1_000_000).default(20_000),
      /** Bytes of the events of these in total. Default: an eighth of Node's heap limit, 8 MiB to 256 MiB. */
      windowBytes: z.int().min(megabyte).default(eighthOfHeap),
    })
    .prefault({}),
  dashboard: z
    .strictObject({
      /**
       * Where browsers reach this server: `https://hooks.example.com`, with the path if a proxy serves it at one.
       * Default: the host that the request for a portal link was sent to.
       */
      publicUrl: z.string().superRefine(usablePublicUrl).transform(withoutSlash).optional(),
      /** Origins that can show the dashboard in a frame: `https://app.example.com`, `https://*.example.com`. */
      frameAncestors: z.array(z.string().regex(originPattern, originMessage)).default([]),
      /** True: browsers reach the hosts below this server's over https alone, too (HSTS with includeSubDomains). */
      hstsSubdomains: z.boolean().default(false),
      /** Hours that a session signed in with an API key lasts. */
      sessionHours: z.number().min(0.1).max(720).default(12),
      /** The dashboard's theme, `{ name, logo, color }`. A portal link can override it. */
      theme: theme.prefault({}),
    })
    .prefault({}),
  /** For PostgreSQL (DATABASE_URL). */
  database: z
    .strictObject({
      /** Maximum connections of this server. */
      poolSize: z.int().min(2).max(1000).default(10),
      /** Seconds to wait for a connection. */
      connectSeconds: z.number().min(1).max(60).default(5),
      /** Seconds to wait for the result of a query; then the connection is closed. */
      querySeconds: z.number().min(1).max(300).default(10),
      /** Seconds after a server's last heartbeat when others take over. It stops sending before that. */
      leaseSeconds: z.number().min(2).max(300).default(15),
    })
    .prefault({}),
  operator: z
    .strictObject({
      /**
       * The id of the operator's own organization. Events about the server itself (`server.hindered`) are published in
       * it, and its webhooks can subscribe to them. Default: none is.
       */
      organization: z.string().startsWith('org_').optional(),
    })
    .prefault({}),
  retention: z
    .strictObject({
      /** Attempts kept per webhook. */
      attemptsPerWebhook: z.int().min(100).default(100),
      /** Days that events and their deliveries are kept. Held deliveries are kept no longer. */
      eventDays: z.number().min(7).max(3650).default(30),
      /** Hours that idempotency keys are kept. */
      idempotencyHours: z.number().min(1).max(720).default(24),
    })
    .prefault({}),
  /** Seconds for requests on the wire to finish when the server stops. */
  shutdownSeconds: z.number().min(0).max(300).default(15),
});

export type ConfigFile = z.output<typeof configFileSchema>;

/** `api` serves the API and the dashboard and accepts events; `deliver` sends deliveries. */
export type Role = 'api' | 'deliver';

export interface Config extends ConfigFile {
  readonly production: boolean;
  readonly host: string;
  /** 0: a free port. */
  readonly port: number;
  readonly dataDir: string;
  /** The PostgreSQL database. Default: a SQLite file in the data directory. */
  readonly databaseUrl?: string | undefined;
  /** A node without both roles needs PostgreSQL and other nodes. */
  readonly roles: readonly Role[];
  readonly keys: Keys;
}

export interface Keys {
  readonly root: string;
  /** 32 bytes. */
  readonly encryption: Uint8Array;
}

/** A mistake of the operator that keeps the server from starting. The message says what to change. */
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
  throw new ConfigError(`${name} is invalid:\n${lines.join('\n')}`);
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

function readableExceptions(entries: readonly string[], context: z.RefinementCtx): void {
  readable(() => parseProxyExceptions(entries), context);
}

function readAuthorities(files: readonly string[], context: z.RefinementCtx): string[] {
  return files.flatMap((file) => readable(() => readAuthorityFile(file), context) ?? []);
}

function usablePublicUrl(text: string, context: z.RefinementCtx): void {
  const url = URL.parse(text);
  const usable = url && ['http:', 'https:'].includes(url.protocol) && url.href === `${url.origin}${url.pathname}`;
  if (usable && !/[?#]/.test(text)) return;
  const message = 'must be an http:// or https:// URL such as https://hooks.example.com, with nothing after its path';
  context.addIssue({ code: 'custom', message });
}

function withoutSlash(text: string): string {
  return new URL(text).href.replace(/\/+$/, '');
}

function usableNameServers(servers: readonly string[], context: z.RefinementCtx): void {
  try {
    new Resolver().setServers(servers);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be addresses such as 10.0.0.2, 127.0.0.1:5353 or [::1]:5353' });
  }
}

function readable<T>(read: () => T, context: z.RefinementCtx): T | undefined {
  try {
    return read();
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is invalid' });
    return undefined;
  }
}
