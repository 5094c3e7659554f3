import type { Provider, SignatureScheme } from '@bellhop/shared';
import { builtInProviders, standardFormat, verify, wireFormat } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { renderRequest } from '../../src/attempt/render.ts';
import { signersAt } from '../../src/attempt/secrets.ts';
import type { Credentials } from '../../src/model.ts';
import { Vault } from '../../src/security/vault.ts';

const now = Date.UTC(2026, 0, 1);
const second = 1000;
const [newest, middle, oldest] = [1, 2, 3].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`) as [
  string,
  string,
  string,
];
const credentials: Credentials = {
  authentication: { type: 'none' },
  headers: {},
  secrets: [newest],
  previous: [
    { secret: middle, until: now + 20 * second },
    { secret: oldest, until: now + 10 * second },
  ],
};

function providerCalled(id: string): Provider {
  const provider = builtInProviders.find((each) => each.id === id);
  if (!provider) throw new Error(`There is no provider ${id}.`);
  return provider;
}

const boltcall = providerCalled('boltcall');
const one = boltcall.signature as SignatureScheme;
const several: SignatureScheme = standardFormat.signature;

describe('which secrets sign', () => {
  test.each<[string, SignatureScheme, number, string[], string]>([
    ['several: all while they are valid', several, now, [newest, middle, oldest], 'both'],
    ['several: to the last millisecond', several, now + 10 * second - 1, [newest, middle, oldest], 'both'],
    ['several: not one more', several, now + 10 * second, [newest, middle], 'both'],
    ['several: at last the newest alone', several, now + 20 * second, [newest], 'new'],
    ['one: the oldest, which all receivers know', one, now, [oldest], 'previous'],
    ['one: to the last millisecond', one, now + 10 * second - 1, [oldest], 'previous'],
    ['one: then the next', one, now + 10 * second, [middle], 'previous'],
    ['one: at last the newest', one, now + 20 * second, [newest], 'new'],
  ])('%s', (_, scheme, time, secrets, signedWith) => {
    expect(signersAt(scheme, credentials, time)).toEqual({ secrets, signedWith });
  });

  test('none where nothing is signed or there is no secret', () => {
    expect(signersAt(null, credentials, now)).toEqual({ secrets: [], signedWith: null });
    expect(signersAt(one, { ...credentials, secrets: [], previous: [] }, now)).toEqual({
      secrets: [],
      signedWith: null,
    });
  });

  test('what was stored before there were rotations signs as it did', () => {
    const vault = new Vault(Buffer.alloc(32, 1));
    const { previous: _, ...before } = credentials;
    const opened = vault.open(vault.seal(before, 'org_a'), 'org_a');
    for (const scheme of [one, several]) {
      expect(signersAt(scheme, opened, now)).toEqual({ secrets: [newest], signedWith: 'new' });
    }
  });
});

describe('the request', () => {
  const event = { id: 'evt_1', deliveryId: 'dlv_1', organizationId: 'org_1', provider: 'boltcall', type: 'new_lead' };

  test.each(['provider', 'standard'] as const)('is signed by the time of the attempt: %s format', (format) => {
    const scheme = wireFormat(boltcall, format).signature as SignatureScheme;
    for (const sentAt of [now, now + 10 * second, now + 20 * second]) {
      const request = renderRequest({
        provider: boltcall,
        webhook: { url: 'https://example.com', format },
        credentials,
        event: { ...event, occurredAt: new Date(now), data: {}, test: false },
        sentAt,
        userAgent: 'Bellhop/test',
      });
      const accepted = [newest, middle, oldest].filter(
        (secret) => verify(scheme, request, { secret, now: Math.floor(sentAt / 1000) }).ok,
      );
      expect(accepted).toEqual(signersAt(scheme, credentials, sentAt).secrets);
    }
  });
});
