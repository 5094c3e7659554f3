import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/**
 * Runs the child until it has printed so many lines, then kills it as a power cut would. `meanwhile` runs before that.
 *
 * @returns what it printed.
 */
export async function killedAfter(
  lines: number,
  [task, file]: readonly ['hold' | 'publish', string],
  meanwhile: () => Promise<void> = async () => {},
): Promise<string[]> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [main, task, file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const printed: string[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (printed.push(line) === lines) break;
    }
    if (printed.length < lines) throw new Error(`The child ended after ${printed.length} lines.`);
    await meanwhile();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  return printed;
}
