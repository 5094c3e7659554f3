import { validateHeaderName, validateHeaderValue } from 'node:http';
import { anyText, holds, telling } from '@bellhop/shared/test/fuzz';
import fc from 'fast-check';
import { expect } from 'vitest';
import { headerProblem } from '../../src/target/header-rules.ts';

const framing = [
  'Content-Length',
  'transfer_encoding',
  'HOST',
  'Connection',
  'x-forwarded-for',
  'Proxy-Authorization',
  'te',
];
const name = fc.oneof(
  anyText,
  telling,
  fc.constantFrom(...framing),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,30}$/),
);
const value = fc.oneof(
  anyText,
  fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
  fc.constantFrom('a\r\nb: c', 'a\nb', ' a', 'a\0'),
);

holds(
  'a header that is taken is one that HTTP has, on one line, and does not steer the request',
  [name, value],
  2000,
  (of, text) => {
    const problem = headerProblem(of, text);
    if (problem !== undefined) {
      expect(problem).toMatch(/\.$/);
      if (text.trim().length > 8 && !of.includes(text)) expect(problem).not.toContain(text);
      return;
    }
    validateHeaderName(of);
    validateHeaderValue(of, text);
    expect(`${of}: ${text}`).toMatch(/^[!-~]+: [\t -~]*$/);
    expect(framing.map((each) => each.toLowerCase().replace('_', '-'))).not.toContain(
      of.toLowerCase().replaceAll('_', '-'),
    );
  },
);
