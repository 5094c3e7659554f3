import { describe, expect, test } from 'vitest';
import { parseProxyUrl } from '../../src/target/proxy-address.ts';

describe('the URL of a proxy', () => {
  test.each([
    ['http://proxy.example:3128', false, 'proxy.example', 3128, 'proxy.example:3128', undefined],
    ['http://proxy.example:3128/', false, 'proxy.example', 3128, 'proxy.example:3128', undefined],
    ['http://proxy.example', false, 'proxy.example', 80, 'proxy.example:80', undefined],
    ['https://proxy.example', true, 'proxy.example', 443, 'proxy.example:443', undefined],
    ['http://[fd00::1]:3128', false, 'fd00::1', 3128, '[fd00::1]:3128', undefined],
    ['http://user:pass@10.0.0.1:8080', false, '10.0.0.1', 8080, '10.0.0.1:8080', 'user:pass'],
    ['http://user@proxy.example', false, 'proxy.example', 80, 'proxy.example:80', 'user:'],
    ['http://:pass@proxy.example', false, 'proxy.example', 80, 'proxy.example:80', ':pass'],
    ['http://%C3%BCser:p%40%25%3A@proxy.example', false, 'proxy.example', 80, 'proxy.example:80', 'üser:p@%:'],
  ])('%s', (url, encrypted, hostname, port, label, credentials) => {
    expect(parseProxyUrl(url)).toEqual({
      encrypted,
      hostname,
      port,
      label,
      authorization: credentials && `Basic ${Buffer.from(credentials).toString('base64')}`,
    });
  });

  test.each([
    ['', 'must start with http:// or https://'],
    ['proxy.example:3128', 'must start with http:// or https://'],
    ['user:s3cret@proxy.example:3128', 'must start with http:// or https://'],
    ['socks5://user:s3cret@proxy.example:1080', 'must start with http:// or https://'],
    ['http://proxy.example:3128/s3cret', 'must end with its port'],
    ['http://proxy.example:3128?s3cret', 'must end with its port'],
    ['http://proxy.example:3128/#s3cret', 'must end with its port'],
    ['http://us%3Aer:s3cret@proxy.example', 'cannot contain a colon'],
    ['http://user:s3cret%zz@proxy.example', 'Write % as %25'],
  ])('%s is refused, and not repeated', (url, phrase) => {
    let message = 'none';
    try {
      parseProxyUrl(url);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(phrase);
    expect(message).not.toContain('s3cret');
  });
});
