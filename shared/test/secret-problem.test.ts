import { describe, expect, test } from 'vitest';
import type { SignatureScheme } from '../src/index.ts';
import { builtInProviders, secretProblem, standardFormat } from '../src/index.ts';

const standard = standardFormat.signature as SignatureScheme;
const ofProviders = builtInProviders.flatMap(({ signature }) => signature ?? []);

describe('a signing secret', () => {
  const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');

  test.each([
    ['16 characters', 'abcdefghijklmnop'],
    ['256 characters', 'x'.repeat(256)],
    ['any printable ASCII', "!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~"],
  ])('used as text can have %s', (_, text) => {
    for (const scheme of ofProviders) expect(secretProblem(scheme, text)).toBeUndefined();
  });

  test.each([
    ['empty', ''],
    ['too short', 'abcdefghijklmno'],
    ['too long', 'x'.repeat(257)],
    ['with a space', 'abcdefgh ijklmnop'],
    ['with a line break', 'abcdefghijklmnop\n'],
    ['with a letter beyond ASCII', 'abcdefghijklmnopé'],
  ])('is rejected when %s, by every scheme', (_, text) => {
    for (const scheme of [...ofProviders, standard]) {
      expect(secretProblem(scheme, text)).toBe('must be 16 to 256 printable ASCII characters without spaces');
    }
  });

  test.each([24, 32, 64])('in the standard format can have %i bytes', (bytes) => {
    expect(secretProblem(standard, `whsec_${base64(bytes)}`)).toBeUndefined();
  });

  test.each([
    ['too few bytes', `whsec_${base64(23)}`],
    ['too many bytes', `whsec_${base64(65)}`],
    ['no prefix', base64(32)],
    ['the URL alphabet', `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}`],
    ['no padding', `whsec_${base64(32).replace('=', '')}`],
    ['too much padding', `whsec_${base64(24)}==`],
  ])('in the standard format is rejected with %s', (_, text) => {
    expect(secretProblem(standard, text)).toMatch(/^must be "whsec_" followed by the base64 of 24 to 64 random bytes/);
  });
});
