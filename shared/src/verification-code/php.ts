import type { SignatureScheme } from '../signing.ts';
import { cgiName, code, needsOf, single } from './parts.ts';

export function phpCode(scheme: SignatureScheme): string {
  const { decoding, timestamp } = needsOf(scheme);
  const secret = "(string) getenv('WEBHOOK_SECRET')";
  return code(
    '<?php',
    '// PHP 8 or later: WEBHOOK_SECRET=... php -S 0.0.0.0:3000 receiver.php',
    'declare(strict_types=1);',
    '',
    decoding ? `$key = base64_decode(preg_replace('/^whsec_/', '', ${secret}));` : `$key = ${secret};`,
    "if ($key === '') {",
    '    http_response_code(500);',
    "    exit('Set WEBHOOK_SECRET to the signing secret of the webhook.');",
    '}',
    timestamp && ['', 'const TOLERANCE_SECONDS = 300;'].join('\n'),
    '',
    check(scheme),
    receiver,
  );
}

function check(scheme: SignatureScheme): string {
  const { id, timestamp, several, hex } = needsOf(scheme);
  const given = several ? '$signatures' : '$signature';
  const mac = `hash_hmac('sha256', ${scheme.content.length === 1 ? '$rawBody' : '$content'}, $key`;
  const prefix = scheme.prefix === '' ? '' : `${single(scheme.prefix)} . `;
  return code(
    '/** True if the request was signed with the key. $rawBody: the bytes as received, before parsing. */',
    'function isGenuine(string $key, array $server, string $rawBody): bool',
    '{',
    id && `    $id = $server[${single(cgiName(scheme.idHeader ?? ''))}] ?? '';`,
    timestamp && `    $timestamp = $server[${single(cgiName(scheme.timestampHeader ?? ''))}] ?? '';`,
    `    ${given} = $server[${single(cgiName(scheme.header))}] ?? '';`,
    id && ["    if ($id === '') {", '        return false;', '    }'].join('\n'),
    timestamp &&
      [
        '',
        '    // Reject old requests: they could be replayed by an attacker.',
        '    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {',
        '        return false;',
        '    }',
      ].join('\n'),
    (id || timestamp) && '',
    scheme.content.length > 1 && `    $content = ${joined(scheme)};`,
    `    $expected = ${prefix}${hex ? `${mac})` : `base64_encode(${mac}, true))`};`,
    several
      ? [
          '    // During a rotation there is one signature per secret.',
          "    foreach (explode(' ', $signatures) as $signature) {",
          '        if (hash_equals($expected, $signature)) {',
          '            return true;',
          '        }',
          '    }',
          '    return false;',
        ].join('\n')
      : '    return hash_equals($expected, $signature);',
    '}',
  );
}

function joined({ content }: SignatureScheme): string {
  return content.map((part) => (part === 'body' ? '$rawBody' : `$${part}`)).join(" . '.' . ");
}

const receiver = `$rawBody = (string) file_get_contents('php://input');
if (!isGenuine($key, $_SERVER, $rawBody)) {
    http_response_code(401);
    exit('The signature is invalid.');
}
// Do long work in another process: a response that comes too late is retried.
http_response_code(200);
$event = json_decode($rawBody, true);
error_log('Received ' . json_encode($event));`;
