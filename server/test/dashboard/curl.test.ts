import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { curlCommand } from '../../dashboard/src/parts/curl.ts';

const json = { 'Content-Type': 'application/json' };

describe('the command', () => {
  test('is idiomatic', () => {
    expect(curlCommand('https://example.com/hook', { headers: json, body: '{"a":1}' })).toBe(
      [
        "curl --globoff -X POST 'https://example.com/hook' \\",
        "  -H 'Content-Type: application/json' \\",
        `  --data-raw '{"a":1}'`,
      ].join('\n'),
    );
  });

  test('says which credentials to fill in, and is safe in a shell that runs comments', () => {
    const headers = { ...json, Authorization: '********', 'X-`id`': '********' };
    const [first, ...others] = curlCommand('https://example.com/', { headers, body: '{}' }).split('\n');
    expect(first).toBe('# Replace the asterisks with your credentials first: the values of Authorization');
    expect(others).toContain("  -H 'Authorization: ********' \\");
    const odd = curlCommand('https://example.com/', { headers: { ...json, 'X-`id`': '********' }, body: '{}' });
    expect(odd.split('\n')[0]).toMatch(/^# [A-Za-z ]+: [A-Za-z ]+$/);
  });

  test('has no control characters for the terminal', () => {
    const command = curlCommand('https://example.com/', { headers: json, body: '\x1b[201~\rrm -rf ~\x9b\t\x7f' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for control characters
    expect(command).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

interface Got {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const installed = ['bash', 'curl'].every((program) => spawnSync(program, ['--version']).status === 0);
const whereInstalled = installed ? describe : describe.skip;

whereInstalled('what bash and curl make of it', () => {
  let got: Got[] = [];
  const receiver = createServer(async (request, response) => {
    const { method, url: path, headers } = request;
    got.push({ method, path, headers, body: await buffer(request) });
    response.end('ok');
  });
  let origin = '';
  /** Working directory of the command; side effects would leave files here. */
  let directory = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    directory = await mkdtemp(join(tmpdir(), 'bellhop-curl-'));
  });

  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await rm(directory, { recursive: true });
  });

  async function run(path: string, headers: Record<string, string>, body: string): Promise<Got> {
    got = [];
    const options = { cwd: directory, env: { PATH: process.env.PATH, HOME: directory } };
    const bash = promisify(execFile)('bash', [], options);
    bash.child.stdin?.end(curlCommand(origin + path, { headers, body }));
    const { stdout } = await bash;
    expect(stdout).toBe('ok');
    expect(await readdir(directory)).toEqual([]);
    const [request, ...others] = got;
    if (!request || others.length > 0) throw new Error(`There were ${got.length} requests.`);
    return request;
  }

  test.each([
    ['an object', '{"event":"a","n":1}'],
    ['nothing', ''],
    ['quotes', `it's "quoted" '' \\' \\" \`touch a\``],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell syntax
    ['what a shell would replace', '$(touch b) ${HOME} $HOME ~ * !! !$ & ; | > c < d'],
    ['line breaks', '\nfirst\nsecond\r\nthird\n\n'],
    ['a line that ends a here-document', 'EOF\nEOF'],
    ['a file’s name, to curl', '@/etc/hostname'],
    ['an option', '--output e'],
    ['all of Unicode', 'Grüße, שלום, \u202eevil, 👩‍👩‍👧, \u2028, \ufeff'],
    ['control characters', "\x01\x07\t\x1b[201~\x7f\x80\x9b' \\x41 \\101"],
    ['backslashes at the ends', '\\a\\'],
    ['percent signs', '%s%n%% 100%'],
    ['more than one argument can hold', `{"text":"it's ${'long '.repeat(40_000)}"}`],
  ])('a body of %s arrives byte by byte', async (_, body) => {
    const { method, body: received } = await run('/hook', json, body);
    expect(method).toBe('POST');
    expect(received.equals(Buffer.from(body, 'utf8'))).toBe(true);
  });

  test.each([
    ['plain', 'v1,abc= v1,def='],
    ['quotes', `it's "so" \`touch f\` $(touch g)`],
    ['empty', ''],
    ['semicolon', 'a;'],
    ['colon', ': b: c'],
    ['at', '@h'],
    ['hidden', '********'],
  ])('a header of value "%s" arrives', async (name, value) => {
    const { headers } = await run('/', { ...json, [`X-${name}`]: value, "X-`touch'i`$!": 'odd name' }, '{}');
    expect(headers[`x-${name}`]).toBe(value);
    expect(headers["x-`touch'i`$!"]).toBe('odd name');
    expect(headers['content-type']).toBe('application/json');
  });

  test('a request without a content type gets none from curl', async () => {
    const { headers } = await run('/', {}, '{}');
    expect(headers['content-type']).toBeUndefined();
  });

  test.each(['/a/{b,c}/[1-3]?d=[e]&f=$(touch%20j)&g=%27', "/it's", '/a;b&c|d', '/-o/@k#l'])(
    'the URL %s is requested unchanged',
    async (path) => {
      const url = new URL(origin + path);
      const { path: asked } = await run(url.pathname + url.search, json, '{}');
      expect(asked).toBe(url.pathname + url.search);
    },
  );
});
