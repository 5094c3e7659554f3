import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestHandler } from 'express';

/** Content encodings, best first, with the suffix of the files that the build compressed. */
const compressed = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** File names contain a hash of the content. */
const immutable = 'public, max-age=31536000, immutable';

/** Serves the dashboard's files by the route's `name`. Passes on when there is no such file. */
export function serveAssets(directory: string): RequestHandler<{ name: string }> {
  return async (request, response, next) => {
    const { name } = request.params;
    if (!/^\w[\w.-]*$/.test(name) || /\.(?:br|gz)$/.test(name)) return next();
    const file = join(directory, name);
    const content = await readIfExists(file);
    if (!content) return next();
    response.set('Cache-Control', immutable).vary('Accept-Encoding').type(name);
    for (const [encoding, ending] of compressed) {
      const smaller = request.acceptsEncodings(encoding) ? await readIfExists(file + ending) : undefined;
      if (smaller) return void response.set('Content-Encoding', encoding).send(smaller);
    }
    response.send(content);
  };
}

export async function readIfExists(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
