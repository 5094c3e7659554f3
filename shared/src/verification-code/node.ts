import type { SignatureScheme } from '../signing.ts';
import { code, needsOf, runsOf, single } from './parts.ts';

export function nodeCode(scheme: SignatureScheme): string {
  const needs = needsOf(scheme);
  const secret = "process.env.WEBHOOK_SECRET ?? ''";
  return code(
    '// Node.js 18 or later: WEBHOOK_SECRET=... node receiver.mjs',
    "import { createHmac, timingSafeEqual } from 'node:crypto';",
    "import { createServer } from 'node:http';",
    '',
    needs.decoding
      ? `const key = Buffer.from((${secret}).replace(/^whsec_/, ''), 'base64');`
      : `const key = Buffer.from(${secret});`,
    "if (key.length === 0) throw new Error('Set WEBHOOK_SECRET to the signing secret of the webhook.');",
    '',
    check(scheme),
    server,
  );
}

function check(scheme: SignatureScheme): string {
  const { id, timestamp, several } = needsOf(scheme);
  const given = several ? 'signatures' : 'signature';
  const expected = `${scheme.prefix === '' ? '' : `${single(scheme.prefix)} + `}hmac.digest(${single(scheme.encoding)})`;
  const names = [id && 'id', timestamp && 'timestamp', given].filter((name) => name !== false);
  return code(
    timestamp && ['const toleranceSeconds = 300;', ''].join('\n'),
    '/** True if the request was signed with the key. rawBody: the bytes as received, before parsing. */',
    'function isGenuine(headers, rawBody) {',
    id && `  const id = headers[${headerName(scheme.idHeader)}];`,
    timestamp && `  const timestamp = headers[${headerName(scheme.timestampHeader)}];`,
    `  const ${given} = headers[${headerName(scheme.header)}];`,
    `  if (${names.map((name) => `!${name}`).join(' || ')}) return false;`,
    timestamp &&
      [
        '',
        '  // Reject old requests: they could be replayed by an attacker.',
        '  const age = Math.abs(Date.now() / 1000 - Number(timestamp));',
        '  if (!(age <= toleranceSeconds)) return false;',
      ].join('\n'),
    '',
    `  const hmac = createHmac('sha256', key)${updates(scheme)};`,
    `  const expected = ${expected};`,
    several && '  // During a rotation there is one signature per secret.',
    several
      ? "  return signatures.split(' ').some((signature) => isSame(signature, expected));"
      : '  return isSame(signature, expected);',
    '}',
    '',
    '/** Compares in constant time. */',
    'function isSame(given, expected) {',
    '  const [a, b] = [Buffer.from(given), Buffer.from(expected)];',
    '  return a.length === b.length && timingSafeEqual(a, b);',
    '}',
  );
}

/** Node.js lower-cases header names. */
function headerName(name = ''): string {
  return single(name.toLowerCase());
}

function updates({ content }: SignatureScheme): string {
  const template = (run: readonly string[]) => run.map((token) => (token === '.' ? '.' : `\${${token}}`)).join('');
  return runsOf(content)
    .map((run) => (run === 'body' ? '.update(rawBody)' : `.update(\`${template(run)}\`)`))
    .join('');
}

const server = `const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const rawBody = Buffer.concat(chunks);
    if (!isGenuine(request.headers, rawBody)) {
      response.writeHead(401).end('The signature is invalid.');
      return;
    }
    // Respond before doing long work: a response that comes too late is retried.
    response.writeHead(200).end();
    const event = JSON.parse(rawBody.toString());
    console.log('Received', event);
  });
});

server.listen(3000);`;
