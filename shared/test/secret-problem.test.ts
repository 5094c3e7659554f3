import { describe, expect, test } from 'vitest';
import type { SignatureScheme } from '../src/index.ts';
import { builtInProviders, secretProblem, standardFormat, weakSecret } from '../src/index.ts';

const standard = standardFormat.signature as SignatureScheme;
const ofProviders = builtInProviders.flatMap(({ signature }) => signature ?? []);

describe('a signing secret', () => {
  const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');

  test.each([
    ['8 characters', 'abcdefgh'],
    ['256 characters', 'x'.repeat(256)],
    ['any printable ASCII', "!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~"],
    ['spaces', 'correct horse battery staple'],
    ['letters beyond ASCII', 'schlüssel🔑'],
  ])('used as text can have %s', (_, text) => {
    for (const scheme of ofProviders) expect(secretProblem(scheme, text)).toBeUndefined();
  });

  test.each([
    ['empty', ''],
    ['too short', 'abcdefg'],
    ['too long', 'x'.repeat(257)],
    ['with a line break', 'abcdefghijklmnop\n'],
    ['with an invisible character', 'abcdefgh\u200bijklmnop'],
    ['with half a character', 'abcdefgh\ud83d'],
  ])('used as text is rejected when %s', (_, text) => {
    for (const scheme of ofProviders) {
      expect(secretProblem(scheme, text)).toBe('must be 8 to 256 printable characters');
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
    ['a text', 'correct horse battery staple'],
  ])('in the standard format is rejected with %s', (_, text) => {
    expect(secretProblem(standard, text)).toMatch(/^must be "whsec_" followed by the base64 of 24 to 64 random bytes/);
  });
});

test.each<[string, RegExp | undefined]>([
  ['abcdefgh', /^The secret has 8 characters, .* Use at least 16\.$/],
  ['🔑'.repeat(15), /has 15 characters/],
  ['abcabcabcabcabcabcabc', /^The secret has 3 different characters, .* Use a random one\.$/],
  ['abcdefghijklmnop', undefined],
  ['0123456701234567', undefined],
])('%s is weak: %s', (secret, says) => {
  if (says) expect(weakSecret(secret)).toMatch(says);
  else expect(weakSecret(secret)).toBeUndefined();
});
