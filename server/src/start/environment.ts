import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from '@bellhop/shared';
import type { Role } from '../config.ts';
import { ConfigError } from '../config.ts';

const bothRoles: readonly Role[] = ['api', 'deliver'];

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number, or 0 for a free port')
  .transform(Number)
  .refine((value) => value < 65536, 'must be at most 65535');

const schema = z.object({
  NODE_ENV: z
    .enum(['production', 'development', 'test'], 'must be production, development or test, or unset for development')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  DATA_DIR: z.string().default('./data').superRefine(usableDirectory),
  DATABASE_URL: z.string().superRefine(postgresUrl).optional(),
  BELLHOP_ROOT_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{24,}$/, 'must be at least 24 printable ASCII characters without spaces')
    .optional(),
  BELLHOP_ENCRYPTION_KEY: z.string().transform(readKey).optional(),
  BELLHOP_CONFIG: z.string().min(1).optional(),
  BELLHOP_ROLES: z.string().default(bothRoles.join()).transform(readRoles),
});

export type Environment = z.output<typeof schema>;

/** @throws {ConfigError} naming every invalid variable and what it should be. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success)
    throw new ConfigError(list(result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)));
  requireDatabase(result.data);
  return result.data;
}

/** Messages do not repeat the URL, as it holds a password. */
function postgresUrl(text: string, context: z.RefinementCtx): void {
  const url = URL.parse(text);
  const example = 'postgres://user:password@host:5432/database';
  if (!url || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    context.addIssue({
      code: 'custom',
      message: `must be a URL like ${example}; unset it to use SQLite (DATA_DIR)`,
    });
  } else if (url.pathname.length < 2) {
    context.addIssue({ code: 'custom', message: `must name a database: ${example}` });
  }
}

/** Requires a writable directory, or a writable parent to create it in. */
function usableDirectory(path: string, context: z.RefinementCtx): void {
  let existing = resolve(path);
  while (!existsSync(existing)) existing = dirname(existing);
  if (!statSync(existing).isDirectory()) {
    context.addIssue({ code: 'custom', message: `${existing} is not a directory; set another path` });
    return;
  }
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch {
    context.addIssue({
      code: 'custom',
      message: `${existing} is not writable by this user; change its permissions, or set another path`,
    });
  }
}

/** In production, keys are required that nobody guesses. @throws {ConfigError} naming those that are missing or weak. */
export function requireKeys({ BELLHOP_ROOT_KEY: root, BELLHOP_ENCRYPTION_KEY: encryption }: Environment): void {
  const problems = [rootProblem(root), encryptionProblem(encryption)].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new ConfigError(list(problems));
}

const leastDistinct = 8;

function rootProblem(key: string | undefined): string | undefined {
  const how = 'such as the output of: openssl rand -hex 32';
  if (key === undefined) return `BELLHOP_ROOT_KEY: missing; set the operator's API key, ${how}`;
  if (new Set(key).size >= leastDistinct) return undefined;
  return `BELLHOP_ROOT_KEY: has fewer than ${leastDistinct} different characters; set one that cannot be guessed, ${how}`;
}

function encryptionProblem(key: Uint8Array | undefined): string | undefined {
  const how = 'such as the output of: openssl rand -base64 32';
  if (key === undefined) return `BELLHOP_ENCRYPTION_KEY: missing; set the key that encrypts stored secrets, ${how}`;
  if (new Set(key).size > 1) return undefined;
  return `BELLHOP_ENCRYPTION_KEY: repeats one byte; set one that cannot be guessed, ${how}`;
}

function readKey(text: string, context: z.RefinementCtx): Uint8Array {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length === 32) return bytes;
  context.addIssue({
    code: 'custom',
    message: 'must be 32 bytes in base64 or hex, such as the output of: openssl rand -base64 32',
  });
  return z.NEVER;
}

function readRoles(text: string, context: z.RefinementCtx): readonly Role[] {
  const names = text.split(',').map((name) => name.trim());
  const roles = bothRoles.filter((role) => names.includes(role));
  if (roles.length === names.length) return roles;
  context.addIssue({ code: 'custom', message: 'must be api, deliver, or api,deliver for both' });
  return z.NEVER;
}

function requireDatabase({ BELLHOP_ROLES, DATABASE_URL }: Environment): void {
  if (BELLHOP_ROLES.length === bothRoles.length || DATABASE_URL !== undefined) return;
  const problem =
    'a server with only one role works with others on one PostgreSQL database; set DATABASE_URL, or unset BELLHOP_ROLES';
  throw new ConfigError(list([`BELLHOP_ROLES: ${problem}`]));
}

function list(problems: readonly string[]): string {
  return `Invalid environment variables:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`;
}
