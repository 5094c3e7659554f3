import fc from 'fast-check';
import { expect } from 'vitest';
import { builtInProviders, secretProblem, sign, standardFormat, verify } from '../src/index.ts';
import { anyText, holds, telling } from './fuzz.ts';

const schemes = [...builtInProviders, standardFormat].flatMap(({ signature }) => signature ?? []);
const scheme = fc.constantFrom(...schemes);
const now = 1_760_084_700;
const anyBytes = fc.uint8Array({ maxLength: 200 });
const body = fc.oneof(anyText, anyBytes);
const headerNames = schemes.flatMap(({ header, idHeader, timestampHeader }) => [
  header,
  ...[idHeader, timestampHeader].filter((name) => name !== undefined),
]);
const secret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);

const headerValue = fc.oneof(
  anyText,
  telling,
  fc.constantFrom('v1,', 'v1,a v1,b', 'sha256=', String(now), '9'.repeat(400)),
);
const headers = fc
  .array(
    fc.tuple(
      fc.oneof(fc.constantFrom(...headerNames), telling),
      fc.oneof(headerValue, fc.array(headerValue), fc.constant(undefined)),
    ),
  )
  .map((entries) => Object.fromEntries(entries) as Record<string, string | string[] | undefined>);

holds(
  'verify() refuses whatever was not signed, and never throws',
  [scheme, body, headers, fc.oneof(secret, anyText, fc.array(fc.oneof(secret, anyText), { maxLength: 3 }))],
  500,
  (of, received, given, secrets) => {
    expect(verify(of, { body: received, headers: given }, { secret: secrets, now })).toEqual({
      ok: false,
      reason: expect.stringMatching(/^[a-z_]+$/),
    });
  },
);

holds(
  'verify() accepts what was signed, under any spelling of the header names, and nothing that was changed since',
  [scheme, anyText.filter((text) => text.isWellFormed()), secret, secret, fc.boolean(), fc.nat()],
  300,
  (of, text, own, other, upper, at) => {
    const signature = sign(of, { body: text, id: 'evt_1', timestamp: now }, [own]);
    const given = {
      [of.header]: signature,
      ...(of.idHeader && { [of.idHeader]: 'evt_1' }),
      ...(of.timestampHeader && { [of.timestampHeader]: String(now) }),
    };
    const spelled = Object.entries(given).map(([name, value]) => [upper ? name.toUpperCase() : name, value]);
    const received = Object.fromEntries(spelled) as Record<string, string>;
    expect(verify(of, { body: text, headers: received }, { secret: own, now })).toEqual({ ok: true });
    expect(
      verify(of, { body: Buffer.from(text), headers: new Headers(received) }, { secret: [other, own], now }),
    ).toEqual({
      ok: true,
    });

    const mismatch = { ok: false, reason: 'signature_mismatch' };
    const changed = Buffer.from(`${text} `);
    changed.writeUInt8(changed.readUInt8(at % changed.length) ^ 1, at % changed.length);
    expect(verify(of, { body: changed, headers: received }, { secret: own, now })).toEqual(mismatch);
    if (own !== other) expect(verify(of, { body: text, headers: received }, { secret: other, now })).toEqual(mismatch);
  },
);

holds('a secret that is taken can be signed with', [scheme, fc.oneof(anyText, secret, telling)], 300, (of, text) => {
  if (secretProblem(of, text) !== undefined) return;
  const signature = sign(of, { body: '{}', id: 'evt_1', timestamp: now }, [text]);
  const given = { [of.header]: signature, 'webhook-id': 'evt_1', [of.timestampHeader ?? 'x']: String(now) };
  expect(verify(of, { body: '{}', headers: given }, { secret: text, now })).toEqual({ ok: true });
});
