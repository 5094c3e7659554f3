import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { installed } from '@bellhop/test/harness/on-demand';
import { packMirror, writeMirror } from './n8n-mirror.ts';
import { tools } from './publishers-tools.ts';

/*
 * `npm run check:n8n`: n8n's requirements for a verified community node. Lints the published package in n8n's strict mode,
 * and scans its source and its tarball as n8n's review does, except for the checks that need it on npm.
 */

const run = promisify(execFile);
const say = (line: string) => console.log(line);

interface Scan {
  readonly passed: boolean;
  readonly message?: string;
  readonly details?: string;
}

interface Scanner {
  readonly SOURCE_FILE_PATTERNS: readonly string[];
  analyzePackage(directory: string, patterns: readonly string[]): Promise<Scan>;
}

const installation = await installed(tools, say);
const work = await mkdtemp(join(tmpdir(), 'bellhop-n8n-check-'));
try {
  const mirror = join(work, 'n8n-nodes-bellhop');
  await writeMirror(mirror);
  const tarball = await packMirror(mirror, say);
  await lint(mirror);
  const unpacked = join(work, 'package');
  await mkdir(unpacked);
  await run('tar', ['-xzf', tarball, '-C', work]);
  const scanner: Scanner = await import(
    pathToFileURL(join(installation, 'node_modules/@n8n/scan-community-package/scanner/scanner.mjs')).href
  );
  report('Scan of the source', await scanner.analyzePackage(mirror, scanner.SOURCE_FILE_PATTERNS));
  report('Scan of the tarball', await scanner.analyzePackage(unpacked, ['**/*.js', 'package.json']));
  await contents(unpacked);
} finally {
  await rm(work, { recursive: true, force: true });
}

async function lint(mirror: string): Promise<void> {
  const command = join(installation, 'node_modules/@n8n/node-cli/bin/n8n-node.mjs');
  const lintRun = await run(process.execPath, [command, 'lint'], { cwd: mirror, maxBuffer: 16 << 20 }).catch(
    (error) => error,
  );
  const { stdout, stderr, code } = lintRun as { stdout: string; stderr: string; code?: number };
  const output = stdout + stderr;
  const passed = code === undefined && !/\bwarning\b/.test(output);
  report('n8n-node lint, strict', passed ? { passed } : { passed, details: output });
}

/** Nothing but the built package is published. */
async function contents(unpacked: string): Promise<void> {
  const allowed = ['LICENSE', 'README.md', 'dist', 'package.json'];
  const others = (await readdir(unpacked)).filter((name) => !allowed.includes(name));
  report('Tarball: dist, README and LICENSE alone', { passed: others.length === 0, details: others.join('\n') });
}

function report(name: string, { passed, message, details }: Scan): void {
  console.log(`${passed ? '✓' : '✗'} ${name}`);
  if (passed) return;
  process.exitCode = 1;
  console.log([message, details].filter(Boolean).join('\n'));
}
