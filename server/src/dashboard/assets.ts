import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestHandler } from 'express';

/** How a browser takes a file, best first, and how the file is named that has it so. The build writes these beside the others. */
const compressed = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** Their names change with their content, so a browser need never ask for one again. */
const forGood = 'public, max-age=31536000, immutable';

/** Serves the files beside the dashboard's page, each by the `name` in the address. Those that are not there are left to others. */
export function serveAssets(directory: string): RequestHandler<{ name: string }> {
  return async (request, response, next) => {
    const { name } = request.params;
    if (!/^\w[\w.-]*$/.test(name) || /\.(?:br|gz)$/.test(name)) return next();
    const file = join(directory, name);
    const content = await readIfThere(file);
    if (!content) return next();
    response.set('Cache-Control', forGood).vary('Accept-Encoding').type(name);
    for (const [encoding, ending] of compressed) {
      const smaller = request.acceptsEncodings(encoding) ? await readIfThere(file + ending) : undefined;
      if (smaller) return void response.set('Content-Encoding', encoding).send(smaller);
    }
    response.send(content);
  };
}

/** Undefined where there is no such file. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
