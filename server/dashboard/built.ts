import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Output of the build: index.html and assets/. */
export const builtDirectory = join(import.meta.dirname, 'dist');

/** Builds the dashboard, run in {@link installation}. Without `--include=dev` npm installs no build tools in production. */
export const buildCommand = 'npm install --include=dev && npm run build -w server';

export const installation = join(import.meta.dirname, '../..');

export function isBuilt(directory = builtDirectory): boolean {
  return existsSync(join(directory, 'index.html'));
}
