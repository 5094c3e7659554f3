import type { SignatureScheme } from '../signing.ts';
import { code, double, needsOf, runsOf } from './parts.ts';

export function goCode(scheme: SignatureScheme): string {
  const { timestamp, decoding } = needsOf(scheme);
  return code(
    '// WEBHOOK_SECRET=... go run receiver.go',
    'package main',
    '',
    'import (',
    ...packages(scheme).map((name) => `\t${double(name)}`),
    ')',
    '',
    timestamp && ['const tolerance = 5 * time.Minute', ''].join('\n'),
    check(scheme),
    'func main() {',
    ...(decoding
      ? [
          '\tkey, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("WEBHOOK_SECRET"), "whsec_"))',
          '\tif err != nil || len(key) == 0 {',
        ]
      : ['\tkey := []byte(os.Getenv("WEBHOOK_SECRET"))', '\tif len(key) == 0 {']),
    '\t\tlog.Fatal("Set WEBHOOK_SECRET to the signing secret of the webhook.")',
    '\t}',
    receiver,
  );
}

function packages(scheme: SignatureScheme): string[] {
  const { timestamp, decoding, several, hex } = needsOf(scheme);
  const all = [
    'crypto/hmac',
    'crypto/sha256',
    (decoding || !hex) && 'encoding/base64',
    hex && 'encoding/hex',
    'encoding/json',
    'io',
    'log',
    'net/http',
    'os',
    timestamp && 'strconv',
    (decoding || several) && 'strings',
    timestamp && 'time',
  ];
  return all.filter((name) => name !== false);
}

function check(scheme: SignatureScheme): string {
  const { id, timestamp, several, hex } = needsOf(scheme);
  const digest = `${hex ? 'hex' : 'base64.StdEncoding'}.EncodeToString(mac.Sum(nil))`;
  const prefix = scheme.prefix === '' ? '' : `${double(scheme.prefix)} + `;
  const given = `header.Get(${double(scheme.header)})`;
  return code(
    '// isGenuine reports whether the request was signed with the key. rawBody is the body as received, before parsing.',
    'func isGenuine(key []byte, header http.Header, rawBody []byte) bool {',
    id &&
      [`\tid := header.Get(${double(scheme.idHeader ?? '')})`, '\tif id == "" {', '\t\treturn false', '\t}'].join('\n'),
    timestamp && `\ttimestamp := header.Get(${double(scheme.timestampHeader ?? '')})`,
    timestamp &&
      [
        '\tseconds, err := strconv.ParseInt(timestamp, 10, 64)',
        '\tif err != nil {',
        '\t\treturn false',
        '\t}',
        '\t// Reject old requests: they could be replayed by an attacker.',
        '\tif age := time.Since(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {',
        '\t\treturn false',
        '\t}',
      ].join('\n'),
    (id || timestamp) && '',
    '\tmac := hmac.New(sha256.New, key)',
    ...writes(scheme),
    `\texpected := []byte(${prefix}${digest})`,
    several
      ? [
          '\t// During a rotation there is one signature per secret.',
          `\tfor _, signature := range strings.Split(${given}, " ") {`,
          '\t\tif hmac.Equal([]byte(signature), expected) {',
          '\t\t\treturn true',
          '\t\t}',
          '\t}',
          '\treturn false',
        ].join('\n')
      : `\treturn hmac.Equal([]byte(${given}), expected)`,
    '}',
  );
}

function writes({ content }: SignatureScheme): string[] {
  return runsOf(content).map((run) => {
    if (run === 'body') return '\tmac.Write(rawBody)';
    return `\tmac.Write([]byte(${run.map((token) => (token === '.' ? '"."' : token)).join(' + ')}))`;
  });
}

const receiver = `
\thttp.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
\t\trawBody, err := io.ReadAll(request.Body)
\t\tif err != nil || !isGenuine(key, request.Header, rawBody) {
\t\t\thttp.Error(response, "The signature is invalid.", http.StatusUnauthorized)
\t\t\treturn
\t\t}
\t\tvar event map[string]any
\t\tif err := json.Unmarshal(rawBody, &event); err != nil {
\t\t\thttp.Error(response, "The body is not JSON.", http.StatusBadRequest)
\t\t\treturn
\t\t}
\t\t// Do long work in another goroutine: a response that comes too late is retried.
\t\tlog.Println("Received", event)
\t})
\tlog.Fatal(http.ListenAndServe(":3000", nil))
}`;
