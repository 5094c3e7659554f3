import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const megabyte = 1024 * 1024;

/** A real file system of a few megabytes, in memory, which a test can fill up and make room in. */
export class SmallDisk {
  readonly path: string;
  readonly #filler: string;

  private constructor(path: string) {
    this.path = path;
    this.#filler = join(path, 'filler');
  }

  /** Undefined where mounting is not permitted: it takes Linux and the right to mount. */
  static mount(megabytes: number): SmallDisk | undefined {
    const path = mkdtempSync(join(tmpdir(), 'bellhop-disk-'));
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'bellhop-test', path];
    if (spawnSync('mount', options).status === 0) return new SmallDisk(path);
    rmSync(path, { recursive: true });
    return undefined;
  }

  /** Fills it up with a file, except for so many megabytes. */
  fill(leaving: number): void {
    const { bavail, bsize } = statfsSync(this.path);
    try {
      writeFileSync(this.#filler, Buffer.alloc(Math.max(0, bavail * bsize - leaving * megabyte)));
    } catch (error) {
      // Somebody else wrote something meanwhile. Then it is full, too.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  /** Removes what {@link fill} put there. */
  makeRoom(): void {
    rmSync(this.#filler);
  }

  unmount(): void {
    spawnSync('umount', [this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}
