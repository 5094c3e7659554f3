import { describe, expect, test } from 'vitest';
import { Vault, VaultError } from '../../src/security/vault.ts';

const credentials = {
  authentication: { type: 'bearer', token: 'very-secret' },
  headers: { 'X-Key': 'ünïcode' },
  secrets: ['whsec_new', 'whsec_old'],
} as const;

describe('what is encrypted at rest', () => {
  const vault = new Vault(Buffer.alloc(32, 1));

  test('opens again for the same context', () => {
    expect(vault.open(vault.seal(credentials, 'org_a'), 'org_a')).toEqual(credentials);
  });

  test('tells nothing, and differs every time', () => {
    const [one, two] = [vault.seal(credentials, 'org_a'), vault.seal(credentials, 'org_a')];
    expect(one).not.toBe(two);
    expect(Buffer.from(one.slice(3), 'base64').toString('latin1')).not.toMatch(/secret|bearer/);
  });

  test('does not open for another organization, with another key, or after a change', () => {
    const sealed = vault.seal(credentials, 'org_a');
    expect(() => vault.open(sealed, 'org_b')).toThrow(VaultError);
    expect(() => new Vault(Buffer.alloc(32, 2)).open(sealed, 'org_a')).toThrow(/BELLHOP_ENCRYPTION_KEY/);
    const bytes = Buffer.from(sealed.slice(3), 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => vault.open(`v1.${bytes.toString('base64')}`, 'org_a')).toThrow(VaultError);
  });

  test('credentials of a webhook open in its own row alone, those of before in any row of its organization', () => {
    const [one, other] = ['wh_1', 'wh_2'].map((id) => ({ id, organizationId: 'org_a' }));
    if (!one || !other) throw new Error('There are two.');
    const sealed = vault.sealFor(one, credentials);
    expect(vault.openOf({ ...one, sealed })).toEqual(credentials);
    expect(() => vault.openOf({ ...other, sealed })).toThrow(/Cannot decrypt the secrets of wh_2/);
    expect(() => vault.openOf({ ...other, sealed: sealed.replace('v2.', 'v1.') })).toThrow(VaultError);
    const before = vault.seal(credentials, 'org_a').replace('v2.', 'v1.');
    expect(vault.openOf({ ...one, sealed: before })).toEqual(credentials);
    expect(() => vault.openOf({ ...one, organizationId: 'org_b', sealed: before })).toThrow(VaultError);
  });

  test('a fingerprint is the same for the same text, organization and key, and for no other', () => {
    const fingerprint = vault.fingerprint('text', 'org_a');
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(vault.fingerprint('text', 'org_a')).toBe(fingerprint);
    const others = [
      vault.fingerprint('text2', 'org_a'),
      vault.fingerprint('text', 'org_b'),
      new Vault(Buffer.alloc(32, 2)).fingerprint('text', 'org_a'),
    ];
    expect(others).not.toContain(fingerprint);
  });

  test('needs a key of 32 bytes', () => {
    expect(() => new Vault(Buffer.alloc(31))).toThrow(/32 bytes/);
  });
});
