import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';

const ownerOnly = 0o600;
const others = 0o077;

/** Creates a directory, with those above it, for its owner alone. One that exists stays as it is. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Creates an empty file for its owner alone, or takes an existing one away from others. */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', ownerOnly));
  tighten(path);
}

/** Takes a file away from others, if it exists. */
export function tighten(path: string): void {
  if (existsSync(path) && (statSync(path).mode & others) !== 0) chmodSync(path, ownerOnly);
}
