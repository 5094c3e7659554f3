import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigFile } from '../config.ts';
import { ConfigError, parseConfigFile } from '../config.ts';

const defaultName = 'bellhop.config.ts';

/**
 * Loads the file that BELLHOP_CONFIG names, else `bellhop.config.ts` in the working directory, else the defaults.
 *
 * @throws {ConfigError} when the file is missing, does not load or is invalid.
 */
export async function loadConfigFile(path: string | undefined, workingDirectory: string): Promise<ConfigFile> {
  const file = resolve(workingDirectory, path ?? defaultName);
  if (!existsSync(file)) {
    if (path === undefined) return parseConfigFile({}, defaultName);
    throw new ConfigError(`BELLHOP_CONFIG names ${file}, which does not exist.`);
  }
  const module = await load(file);
  if (module.default === undefined) {
    throw new ConfigError(`${file} has no default export. Write: export default { providers: [ … ] };`);
  }
  const config = parseConfigFile(module.default, file);
  requireDistinct(config, file);
  return config;
}

async function load(file: string): Promise<{ default?: unknown }> {
  const url = pathToFileURL(file).href;
  provideShared(url);
  try {
    return await import(url);
  } catch (cause) {
    throw new ConfigError(`Cannot load ${file}${lineOf(cause, file)}: ${explain(cause)}`, { cause });
  }
}

/** The line of the file in an error's stack: `:12`. */
function lineOf(cause: unknown, file: string): string {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const line = /^\d+/.exec(stack.split(`${file}:`)[1] ?? '');
  return line ? `:${line[0]}` : '';
}

function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const missing = 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
  return missing ? `${cause.message}. Install it next to the file; import z from "@bellhop/shared".` : cause.message;
}

/** @throws {ConfigError} when two providers share an id. */
function requireDistinct({ providers }: ConfigFile, file: string): void {
  const ids = providers.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice === undefined) return;
  const message = `providers: two have the id "${twice}"; give each a unique id`;
  throw new ConfigError(`${file} is invalid:\n  - ${message}`);
}

/**
 * Resolves `@bellhop/shared` to the server's copy, wherever the configuration file is: nothing has to be installed next
 * to it, and both share one zod and one set of providers. The file is an ES module even without a package.json.
 */
function provideShared(configUrl: string): void {
  const own = import.meta.resolve('@bellhop/shared');
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === '@bellhop/shared') return { url: own, shortCircuit: true };
      const resolved = next(specifier, context);
      return resolved.url === configUrl && configUrl.endsWith('.ts')
        ? { ...resolved, format: 'module-typescript' }
        : resolved;
    },
  });
}
