import { expect, test } from 'vitest';
import { proxyVariables } from '../../src/start/proxy-variables.ts';

test('names what is set, in either case, and nothing of its value', () => {
  const environment = { HTTPS_PROXY: 'http://u:s3cret@proxy', https_proxy: '', no_proxy: 'localhost', PROXY: 'x' };
  expect(proxyVariables(environment)).toEqual(['HTTPS_PROXY', 'no_proxy']);
  expect(proxyVariables({})).toEqual([]);
});
