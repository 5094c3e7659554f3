import type { SignatureScheme } from '../signing.ts';
import { code, double, needsOf } from './parts.ts';

export function pythonCode(scheme: SignatureScheme): string {
  const needs = needsOf(scheme);
  const secret = 'os.environ.get("WEBHOOK_SECRET", "")';
  return code(
    '# Python 3.9 or later: WEBHOOK_SECRET=... python3 receiver.py',
    (needs.decoding || !needs.hex) && 'import base64',
    'import hashlib',
    'import hmac',
    'import json',
    'import os',
    needs.timestamp && 'import re',
    needs.timestamp && 'import time',
    'from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer',
    '',
    needs.decoding ? `KEY = base64.b64decode(${secret}.removeprefix("whsec_"))` : `KEY = ${secret}.encode()`,
    'if not KEY:',
    '    raise SystemExit("Set WEBHOOK_SECRET to the signing secret of the webhook.")',
    needs.timestamp && ['', 'TOLERANCE_SECONDS = 300'].join('\n'),
    '',
    '',
    check(scheme),
    '',
    receiver,
  );
}

const variables = { id: 'message_id', timestamp: 'timestamp' } as const;

function check(scheme: SignatureScheme): string {
  const { id, timestamp, several } = needsOf(scheme);
  const given = several ? 'signatures' : 'signature';
  const compared = several ? 'each' : given;
  const comparison = `hmac.compare_digest(${compared}.encode(), expected.encode())`;
  return code(
    'def is_genuine(headers, raw_body):',
    '    """True if the request was signed with the key. raw_body: the bytes as received, before parsing."""',
    id && `    message_id = headers.get(${double(scheme.idHeader ?? '')}, "")`,
    timestamp && `    timestamp = headers.get(${double(scheme.timestampHeader ?? '')}, "")`,
    `    ${given} = headers.get(${double(scheme.header)}, "")`,
    id && '    if not message_id:',
    id && '        return False',
    timestamp &&
      [
        '',
        '    # Reject old requests: they could be replayed by an attacker.',
        '    if not re.fullmatch("[0-9]{1,15}", timestamp):',
        '        return False',
        '    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:',
        '        return False',
      ].join('\n'),
    (id || timestamp) && '',
    scheme.content.length > 1 && `    content = ${joined(scheme)}`,
    `    expected = ${expected(scheme)}`,
    several && '    # During a rotation there is one signature per secret.',
    `    return ${several ? `any(${comparison} for each in signatures.split(" "))` : comparison}`,
  );
}

function expected(scheme: SignatureScheme): string {
  const mac = `hmac.new(KEY, ${scheme.content.length === 1 ? 'raw_body' : 'content'}, hashlib.sha256)`;
  const digest = needsOf(scheme).hex ? `${mac}.hexdigest()` : `base64.b64encode(${mac}.digest()).decode()`;
  return scheme.prefix === '' ? digest : `${double(scheme.prefix)} + ${digest}`;
}

function joined({ content }: SignatureScheme): string {
  const parts = content.map((part) => (part === 'body' ? 'raw_body' : `${variables[part]}.encode()`));
  return `b".".join([${parts.join(', ')}])`;
}

const receiver = `class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        raw_body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if not is_genuine(self.headers, raw_body):
            self.send_error(401, "The signature is invalid.")
            return
        # Respond before doing long work: a response that comes too late is retried.
        self.send_response(200)
        self.end_headers()
        event = json.loads(raw_body)
        print("Received", event)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 3000), Receiver).serve_forever()`;
