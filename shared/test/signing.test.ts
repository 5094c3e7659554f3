import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { ReceivedRequest, SignatureScheme } from '../src/index.ts';
import { builtInProviders, sign, standardFormat, verify } from '../src/index.ts';

const body = '{"name":"Zoë 😀"}';
const id = 'evt_1';
const timestamp = 1_760_084_700;
const now = timestamp;
const parts = { body, id, timestamp };

/** A valid secret for every scheme. */
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const otherSecret = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

function schemeOf(format: { signature: SignatureScheme | null } | undefined): SignatureScheme {
  if (!format?.signature) throw new Error('The format is not signed.');
  return format.signature;
}

function builtIn(id: string): SignatureScheme {
  return schemeOf(builtInProviders.find((provider) => provider.id === id));
}

const standard = schemeOf(standardFormat);

/** Each scheme's header, computed independently as the documents describe it. */
const vectors = [
  {
    name: 'boltcall',
    scheme: builtIn('boltcall'),
    expected: createHmac('sha256', secret).update(body).digest('hex'),
  },
  {
    name: 'boltly',
    scheme: builtIn('boltly'),
    expected: createHmac('sha256', secret).update(body).digest('hex'),
  },
  {
    name: 'inboundflow',
    scheme: builtIn('inboundflow'),
    expected: `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
  },
  {
    name: 'standard',
    scheme: standard,
    expected: `v1,${createHmac('sha256', Buffer.alloc(32, 7)).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  },
];

const timed = vectors.filter(({ scheme }) => scheme.timestampHeader);

function headersOf(scheme: SignatureScheme, signature: string): Record<string, string> {
  return {
    [scheme.header]: signature,
    ...(scheme.timestampHeader && { [scheme.timestampHeader]: String(timestamp) }),
    ...(scheme.idHeader && { [scheme.idHeader]: id }),
  };
}

function received(scheme: SignatureScheme, signature = sign(scheme, parts, [secret])) {
  return { body, headers: headersOf(scheme, signature) };
}

function without(headers: Record<string, string>, name = ''): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
}

const refused = (reason: string) => ({ ok: false, reason });

test('every signed built-in format has a vector', () => {
  const signed = builtInProviders.filter(({ signature }) => signature).map((provider) => provider.id);
  expect(vectors.map(({ name }) => name)).toEqual([...signed, 'standard']);
});

describe.each(vectors)('$name', ({ scheme, expected }) => {
  const check = (request: ReceivedRequest, given: string | string[] = secret) =>
    verify(scheme, request, { secret: given, now });

  test('signs as an independent computation does', () => {
    expect(sign(scheme, parts, [secret])).toBe(expected);
  });

  test('accepts its own signature', () => {
    expect(check(received(scheme))).toEqual({ ok: true });
  });

  test.each([
    ['truncated', (signature: string) => signature.slice(0, -1)],
    ['extended', (signature: string) => `${signature}0`],
    ['changed', (signature: string) => signature.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['upper-case', (signature: string) => signature.toUpperCase()],
    ['with a prefix of another scheme', (signature: string) => `v9,${signature}`],
    ['without its digest', () => scheme.prefix || ' '],
  ])('refuses a signature that is %s', (_, change) => {
    expect(check(received(scheme, change(expected)))).toEqual(refused('signature_mismatch'));
  });

  test('refuses an empty or missing signature', () => {
    const { headers } = received(scheme);
    expect(check(received(scheme, ''))).toEqual(refused('signature_missing'));
    expect(check({ body, headers: without(headers, scheme.header) })).toEqual(refused('signature_missing'));
  });

  test('refuses a body with one byte changed, added or removed', () => {
    const { headers } = received(scheme);
    for (const changed of [body.replace('Z', 'z'), `${body} `, body.slice(1), '']) {
      expect(check({ body: changed, headers })).toEqual(refused('signature_mismatch'));
    }
  });

  test('refuses a wrong secret, no secret, and an empty secret', () => {
    expect(check(received(scheme), otherSecret)).toEqual(refused('signature_mismatch'));
    expect(check(received(scheme), [])).toEqual(refused('signature_mismatch'));
    const signedByAnybody = received(scheme, sign(scheme, parts, ['']));
    expect(check(signedByAnybody, '')).toEqual(refused('signature_mismatch'));
  });

  test('accepts a body as bytes, and distinguishes invalid UTF-8 from the replacement character', () => {
    const { headers } = received(scheme);
    expect(check({ body: Buffer.from(body), headers })).toEqual({ ok: true });
    const text = '{"name":"\ufffd"}';
    const signature = sign(scheme, { ...parts, body: text }, [secret]);
    const invalid = Buffer.from(text.replace('\ufffd', '\xff'), 'latin1');
    expect(invalid.toString('utf8')).toBe(text);
    expect(check({ ...received(scheme, signature), body: Buffer.from(text) })).toEqual({ ok: true });
    expect(check({ ...received(scheme, signature), body: invalid })).toEqual(refused('signature_mismatch'));
  });

  test('reads headers in any case, from a Headers object, and as arrays', () => {
    const { headers } = received(scheme);
    const rewritten = (change: (entry: [string, string]) => [string, string | string[]]) =>
      check({ body, headers: Object.fromEntries(Object.entries(headers).map(change)) });
    expect(rewritten(([name, value]) => [name.toLowerCase(), value])).toEqual({ ok: true });
    expect(rewritten(([name, value]) => [name.toUpperCase(), value])).toEqual({ ok: true });
    expect(rewritten(([name, value]) => [name, [value]])).toEqual({ ok: true });
    expect(check({ body, headers: new Headers(headers) })).toEqual({ ok: true });
  });

  test('during a rotation: the receiver can know both secrets', () => {
    expect(check(received(scheme), [otherSecret, secret])).toEqual({ ok: true });
    expect(check(received(scheme), [secret, otherSecret])).toEqual({ ok: true });
  });

  test('during a rotation: the newest secret signs, and the old one too if the header carries several signatures', () => {
    const both = received(scheme, sign(scheme, parts, [otherSecret, secret]));
    expect(check(both, otherSecret)).toEqual({ ok: true });
    expect(check(both, secret)).toEqual(scheme.several ? { ok: true } : refused('signature_mismatch'));
  });

  test('after several rotations in a row: a receiver that knows any signing secret accepts', () => {
    const others = [9, 10, 11, 12].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`);
    const request = received(scheme, sign(scheme, parts, [otherSecret, ...others]));
    const accepting = [otherSecret, ...others].filter((each) => check(request, each).ok);
    expect(accepting).toEqual(scheme.several ? [otherSecret, ...others] : [otherSecret]);
    expect(check(request, [secret, otherSecret])).toEqual({ ok: true });
    expect(check(request, secret)).toEqual(refused('signature_mismatch'));
  });
});

describe.each(timed)('$name, whose timestamp is signed', ({ scheme }) => {
  const at = (time: number, toleranceSeconds?: number) =>
    verify(scheme, received(scheme), { secret, now: time, ...(toleranceSeconds && { toleranceSeconds }) });
  const withTimestamp = (value: string) =>
    verify(
      scheme,
      { body, headers: { ...received(scheme).headers, [scheme.timestampHeader ?? '']: value } },
      { secret, now },
    );

  test('refuses one more than 5 minutes old or in the future', () => {
    expect(at(timestamp + 300)).toEqual({ ok: true });
    expect(at(timestamp - 300)).toEqual({ ok: true });
    expect(at(timestamp + 301)).toEqual(refused('timestamp_outside_tolerance'));
    expect(at(timestamp - 301)).toEqual(refused('timestamp_outside_tolerance'));
    expect(at(timestamp + 301, 600)).toEqual({ ok: true });
  });

  test('refuses a missing, malformed or changed one', () => {
    const headers = without(received(scheme).headers, scheme.timestampHeader);
    expect(verify(scheme, { body, headers }, { secret, now })).toEqual(refused('timestamp_missing'));
    for (const value of ['now', '1e9', '-1', `${timestamp}.0`, `${timestamp}000000`]) {
      expect(withTimestamp(value)).toEqual(refused('timestamp_malformed'));
    }
    expect(withTimestamp(String(timestamp + 1))).toEqual(refused('signature_mismatch'));
  });
});

describe('the standard format and the standardwebhooks library', () => {
  const receiver = new Webhook(secret);
  const justNow = Math.floor(Date.now() / 1000);
  const headers = (signature: string) => ({
    'webhook-id': id,
    'webhook-timestamp': String(justNow),
    'webhook-signature': signature,
  });

  test('the library accepts what we sign, also during a rotation', () => {
    const current = { body, id, timestamp: justNow };
    expect(receiver.verify(body, headers(sign(standard, current, [secret])))).toEqual(JSON.parse(body));
    expect(receiver.verify(body, headers(sign(standard, current, [otherSecret, secret])))).toEqual(JSON.parse(body));
    expect(() => receiver.verify(`${body} `, headers(sign(standard, current, [secret])))).toThrow(/signature/);
  });

  test('we accept what the library signs', () => {
    const signature = receiver.sign(id, new Date(justNow * 1000), body);
    expect(verify(standard, { body, headers: headers(signature) }, { secret })).toEqual({ ok: true });
    expect(verify(standard, { body, headers: headers(signature) }, { secret: otherSecret }).ok).toBe(false);
  });

  test('signatures of unknown versions are ignored', () => {
    const signature = `v1a,b3RoZXI= ${receiver.sign(id, new Date(justNow * 1000), body)}`;
    expect(verify(standard, { body, headers: headers(signature) }, { secret })).toEqual({ ok: true });
  });

  test('the id is signed', () => {
    const { headers: signed } = received(standard);
    const check = (changed: Record<string, string>) =>
      verify(standard, { body, headers: changed }, { secret, now: timestamp });
    expect(check(without(signed, 'webhook-id'))).toEqual(refused('id_missing'));
    expect(check({ ...signed, 'webhook-id': 'evt_2' })).toEqual(refused('signature_mismatch'));
  });
});
