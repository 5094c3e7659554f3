import type { SignatureScheme } from '../signing.ts';
import { cgiName, code, needsOf, single } from './parts.ts';

export function rubyCode(scheme: SignatureScheme): string {
  const { decoding, timestamp } = needsOf(scheme);
  const secret = "ENV.fetch('WEBHOOK_SECRET', '')";
  return code(
    '# Ruby 3 with any Rack server, this file being config.ru: WEBHOOK_SECRET=... rackup --port 3000',
    "require 'json'",
    "require 'openssl'",
    '',
    decoding ? `KEY = ${secret}.delete_prefix('whsec_').unpack1('m')` : `KEY = ${secret}`,
    "abort 'Set WEBHOOK_SECRET to the signing secret of the webhook.' if KEY.empty?",
    timestamp && ['', 'TOLERANCE_SECONDS = 300'].join('\n'),
    '',
    check(scheme),
    app,
  );
}

function check(scheme: SignatureScheme): string {
  const { id, timestamp, several, hex } = needsOf(scheme);
  const given = several ? 'signatures' : 'signature';
  const content = scheme.content.length === 1 ? 'raw_body' : 'content';
  const digest = hex
    ? `OpenSSL::HMAC.hexdigest('SHA256', KEY, ${content})`
    : `[OpenSSL::HMAC.digest('SHA256', KEY, ${content})].pack('m0')`;
  const prefix = scheme.prefix === '' ? '' : `${single(scheme.prefix)} + `;
  return code(
    '# True if the request was signed with the key. raw_body: the bytes as received, before parsing.',
    'def genuine?(env, raw_body)',
    id && `  id = env[${single(cgiName(scheme.idHeader ?? ''))}].to_s`,
    timestamp && `  timestamp = env[${single(cgiName(scheme.timestampHeader ?? ''))}].to_s`,
    `  ${given} = env[${single(cgiName(scheme.header))}].to_s`,
    id && '  return false if id.empty?',
    timestamp &&
      [
        '',
        '  # Reject old requests: they could be replayed by an attacker.',
        '  return false unless timestamp.match?(/\\A\\d+\\z/)',
        '  return false if (Time.now.to_i - timestamp.to_i).abs > TOLERANCE_SECONDS',
      ].join('\n'),
    (id || timestamp) && '',
    scheme.content.length > 1 && `  content = ${joined(scheme)}`,
    `  expected = ${prefix}${digest}`,
    several && '  # During a rotation there is one signature per secret.',
    several
      ? "  signatures.split(' ').any? { |signature| OpenSSL.secure_compare(signature, expected) }"
      : '  OpenSSL.secure_compare(signature, expected)',
    'end',
  );
}

function joined({ content }: SignatureScheme): string {
  return `[${content.map((part) => (part === 'body' ? 'raw_body' : part)).join(', ')}].join('.')`;
}

const app = `run lambda { |env|
  raw_body = env['rack.input']&.read.to_s
  next [401, {}, ['The signature is invalid.']] unless genuine?(env, raw_body)

  event = JSON.parse(raw_body)
  # Do long work in a background job: a response that comes too late is retried.
  puts "Received #{event}"
  [200, {}, []]
}`;
