import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigFile } from '../config.ts';
import { ConfigError, parseConfigFile } from '../config.ts';

const defaultName = 'bellhop.config.ts';

/**
 * The operator's configuration: the file that BELLHOP_CONFIG names, or `bellhop.config.ts` in the working directory, or
 * nothing but defaults.
 *
 * @throws {ConfigError} when it is missing, does not load or is not valid.
 */
export async function loadConfigFile(path: string | undefined, workingDirectory: string): Promise<ConfigFile> {
  const file = resolve(workingDirectory, path ?? defaultName);
  if (!existsSync(file)) {
    if (path === undefined) return parseConfigFile({}, defaultName);
    throw new ConfigError(`BELLHOP_CONFIG names ${file}, which does not exist.`);
  }
  shareOwnPackages();
  const module: { default?: unknown } = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${file} could not be loaded: ${message}`, { cause });
  });
  if (module.default === undefined) {
    throw new ConfigError(`${file} has no default export. Write: export default { providers: [ … ] };`);
  }
  return parseConfigFile(module.default, file);
}

let shared = false;

/**
 * Lets an operator's file anywhere on the disk import `@bellhop/shared` without installing anything: it gets the server's
 * own copy, so that both mean the same zod and the same providers.
 */
function shareOwnPackages(): void {
  if (shared) return;
  shared = true;
  const own = import.meta.resolve('@bellhop/shared');
  registerHooks({
    resolve(specifier, context, next) {
      return specifier === '@bellhop/shared' ? { url: own, shortCircuit: true } : next(specifier, context);
    },
  });
}
