import { mkdtempSync, rmSync } from 'node:fs';
import { request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignatureScheme } from '@bellhop/shared';
import { Catalogue, sign, standardFormat } from '@bellhop/shared';
import { languages, verificationCode } from '@bellhop/shared/verification-code';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ServerRun } from '../harness/server-run.ts';
import { isInstalled, ways } from './programs.ts';

/* Every receiver that the dashboard shows is run, and sent what the server would send it and what somebody else would. */

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const otherSecret = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = '{"name":"Zoë 😀","score":90}';
const id = 'evt_0199cc9e-5a1c-7b3e-8f21-6d5a4c3b2a10';

/** What no built-in format has, and an operator's own may. */
const others: Readonly<Record<string, SignatureScheme>> = {
  'base64 by the text of the secret': {
    header: 'X-Own-Signature',
    prefix: '',
    encoding: 'base64',
    content: ['body'],
    key: 'utf8',
    several: false,
  },
  'several in hex, the body first, with a prefix to quote': {
    header: 'X-Own-Signatures',
    prefix: `it's"\\$1#{2}=`,
    encoding: 'hex',
    content: ['body', 'timestamp', 'id'],
    key: 'base64',
    idHeader: 'X-Own-Id',
    timestampHeader: 'X-Own-Time',
    several: true,
  },
};

const schemes = [
  ...new Catalogue().providers.flatMap(({ id, signature }) => (signature ? [{ name: id, scheme: signature }] : [])),
  { name: 'the standard format', scheme: standardFormat.signature as SignatureScheme },
  ...Object.entries(others).map(([name, scheme]) => ({ name, scheme })),
].filter(({ scheme }, index, all) => all.findIndex((each) => sameScheme(each.scheme, scheme)) === index);

function sameScheme(one: SignatureScheme, other: SignatureScheme): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

const now = () => Math.floor(Date.now() / 1000);

type Secrets = readonly [string, ...string[]];

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function signed(scheme: SignatureScheme, timestamp = now(), secrets: Secrets = [secret]): Sent {
  const headers = {
    [scheme.header]: sign(scheme, { body, id, timestamp }, secrets),
    ...(scheme.idHeader && { [scheme.idHeader]: id }),
    ...(scheme.timestampHeader && { [scheme.timestampHeader]: String(timestamp) }),
  };
  return { headers, body };
}

function post(port: number, { headers, body }: Sent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method: 'POST', agent: false };
    const outgoing = send({ ...options, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
    outgoing.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const cases = languages.flatMap(({ id: language, label }) =>
  schemes.map(({ name, scheme }) => ({ language, label, name, scheme })),
);

const installed = new Set(languages.map((each) => each.id).filter((each) => each === 'node' || isInstalled(each)));

for (const { language, label, name, scheme } of cases) {
  (installed.has(language) ? describe : describe.skip)(`the receiver in ${label} for ${name}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'bellhop-receiver-'));
    let run: ServerRun;
    let port: number;

    beforeAll(async () => {
      const program = await ways[language].program(verificationCode(scheme, language), directory);
      const { command } = program;
      run = new ServerRun({ command, env: { WEBHOOK_SECRET: secret }, workingDirectory: directory });
      port = program.port ?? Number((await run.prints(/port (\d+)/))[1]);
      await eventually(
        () => post(port, { headers: {}, body: '' }).catch(() => undefined),
        (status) => status !== undefined,
      );
    }, 120_000);

    afterAll(async () => {
      await run?.stop('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    });

    const answer = (sent: Sent) => post(port, sent);

    test('takes what was signed with the secret', async () => {
      expect(await answer(signed(scheme))).toBe(200);
    });

    test('refuses a body that was changed, by one byte or by its white space', async () => {
      const { headers } = signed(scheme);
      expect(await answer({ headers, body: body.replace('90', '91') })).toBe(401);
      expect(await answer({ headers, body: `${body}\n` })).toBe(401);
      expect(await answer({ headers, body: '' })).toBe(401);
    });

    test('refuses what was signed with another secret, or with none', async () => {
      expect(await answer(signed(scheme, now(), [otherSecret]))).toBe(401);
      const { [scheme.header]: _, ...others } = signed(scheme).headers;
      for (const forged of ['', scheme.prefix, `${scheme.prefix}é`, 'v0,AAAA', '0'.repeat(64)])
        expect(await answer({ headers: { ...others, [scheme.header]: forged }, body })).toBe(401);
    });

    test.each(Object.keys(signed(scheme).headers))('refuses a request without %s', async (header) => {
      const { [header]: _, ...others } = signed(scheme).headers;
      expect(await answer({ headers: others, body })).toBe(401);
    });

    if (scheme.several) {
      test('takes either secret while one replaces the other', async () => {
        expect(await answer(signed(scheme, now(), [otherSecret, secret]))).toBe(200);
        expect(await answer(signed(scheme, now(), [secret, otherSecret]))).toBe(200);
      });
    } else {
      test('takes no list of signatures', async () => {
        const { headers } = signed(scheme);
        const list = `${headers[scheme.header]} ${headers[scheme.header]}`;
        expect(await answer({ headers: { ...headers, [scheme.header]: list }, body })).toBe(401);
      });
    }

    if (scheme.timestampHeader) {
      test('refuses what was signed more than five minutes ago, or ahead', async () => {
        expect(await answer(signed(scheme, now() - 290))).toBe(200);
        expect(await answer(signed(scheme, now() + 290))).toBe(200);
        expect(await answer(signed(scheme, now() - 310))).toBe(401);
        expect(await answer(signed(scheme, now() + 310))).toBe(401);
        // It is in the signature: another one beside it does not help.
        const fresh = { ...signed(scheme, now() - 310).headers, [scheme.timestampHeader ?? '']: String(now()) };
        expect(await answer({ headers: fresh, body })).toBe(401);
      });

      test.each(['soon', '-1', '1e9', '9'.repeat(30)])('refuses the time %s', async (time) => {
        expect(await answer(signed(scheme, time as unknown as number))).toBe(401);
      });
    }

    test('still answers after all that', async () => {
      expect(await answer(signed(scheme))).toBe(200);
    });
  });
}

describe.each(languages.filter(({ id }) => installed.has(id)))('a receiver in $label without a secret', ({ id }) => {
  test.each(['', 'whsec_'])(
    'that is "%s" accepts nothing',
    async (none) => {
      const directory = mkdtempSync(join(tmpdir(), 'bellhop-receiver-'));
      const scheme = { ...standardFormat.signature, content: [...standardFormat.signature.content] };
      const { command, port } = await ways[id].program(verificationCode(scheme, id), directory);
      const run = new ServerRun({ command, env: { WEBHOOK_SECRET: none }, workingDirectory: directory });
      try {
        if (id === 'php') {
          const answer = () => post(port ?? 0, signed(scheme, now(), ['whsec_'])).catch(() => undefined);
          expect(await eventually(answer, (status) => status !== undefined)).toBe(500);
        } else {
          expect((await run.ended).code).not.toBe(0);
          expect((await run.ended).output).toContain('Set WEBHOOK_SECRET');
        }
      } finally {
        await run.stop('SIGKILL');
        rmSync(directory, { recursive: true, force: true });
      }
    },
    60_000,
  );
});
