import { randomBytes } from 'node:crypto';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Runs } from './runs.ts';

const runs = new Runs();

const rootKey = randomBytes(32).toString('hex');
const encryptionKey = randomBytes(32).toString('base64');
const production = { NODE_ENV: 'production', BELLHOP_ROOT_KEY: rootKey, BELLHOP_ENCRYPTION_KEY: encryptionKey };

describe('a server that cannot start says in one paragraph what to change, and exits with 1', () => {
  const commands: Record<string, string> = {
    BELLHOP_ROOT_KEY: 'openssl rand -hex 32',
    BELLHOP_ENCRYPTION_KEY: 'openssl rand -base64 32',
  };

  test.each(['BELLHOP_ENCRYPTION_KEY', 'BELLHOP_ROOT_KEY and BELLHOP_ENCRYPTION_KEY'])(
    'production without %s',
    async (missing) => {
      const names = missing.split(' and ');
      const dataDir = await runs.directory();
      const without = Object.fromEntries(names.map((name) => [name, '']));
      const says = await runs.refusal({ env: { ...production, DATA_DIR: dataDir, ...without } });
      const [first, ...lines] = says.split('\n');
      expect(first).toBe('Invalid environment variables:');
      expect(lines).toEqual(names.map((name) => expect.stringMatching(`^  - ${name}: missing; .*${commands[name]}$`)));
      expect(await readdir(dataDir)).toEqual([]);
    },
  );

  test.each<Record<string, [value: string, says: string]>>([
    {
      PORT: ['http', 'must be a port number, or 0 for a free port'],
      BELLHOP_ROOT_KEY: ['short', 'must be at least 24 printable ASCII characters without spaces'],
      BELLHOP_ENCRYPTION_KEY: [randomBytes(31).toString('base64'), 'must be 32 bytes in base64 or hex'],
    },
    {
      PORT: ['99999', 'must be at most 65535'],
      BELLHOP_ROOT_KEY: ['a key that no HTTP header can carry', 'without spaces'],
      BELLHOP_ENCRYPTION_KEY: ['correct horse battery staple', 'must be 32 bytes in base64 or hex'],
    },
    { NODE_ENV: ['prod', 'must be production, development or test, or unset for development'] },
    { NODE_ENV: ['Production', 'must be production, development or test'] },
    {
      BELLHOP_ROOT_KEY: ['abcabc'.repeat(8), 'openssl rand -hex 32'],
      BELLHOP_ENCRYPTION_KEY: ['0'.repeat(64), 'openssl rand -base64 32'],
    },
    { BELLHOP_ENCRYPTION_KEY: [Buffer.alloc(32, 7).toString('base64'), 'repeats one byte'] },
    { DATABASE_URL: ['mysql://bellhop:sesame@localhost/x', 'must be a URL like postgres://user:password@host:5432/'] },
    { DATABASE_URL: ['postgres://bellhop:sesame@localhost', 'must name a database'] },
  ])('variables that are wrong, each under its name (%#)', async (wrong) => {
    const dataDir = await runs.directory();
    const env = Object.fromEntries(Object.entries(wrong).map(([name, [value]]) => [name, value]));
    const paragraph = await runs.refusal({ env: { ...production, DATA_DIR: dataDir, ...env } });
    const [first, ...lines] = paragraph.split('\n');
    expect(first).toBe('Invalid environment variables:');
    expect(lines).toHaveLength(Object.keys(wrong).length);
    for (const [name, [value, says]] of Object.entries(wrong)) {
      expect(lines.find((line) => line.startsWith(`  - ${name}: `))).toContain(says);
      if (name.endsWith('_KEY')) expect(paragraph).not.toContain(value);
      expect(paragraph).not.toContain('sesame');
    }
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('a port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const says = await runs.refusal({ env: { DATA_DIR: await runs.directory(), PORT: String(port) } });
    other.close();
    expect(says).toBe(
      `Another process already listens on 127.0.0.1:${port}. Set PORT to another port, or to 0 for a free one.`,
    );
  });

  test('an address that this machine does not have', async () => {
    const says = await runs.refusal({ env: { DATA_DIR: await runs.directory(), HOST: '203.0.113.9' } });
    expect(says).toBe('This machine has no address 203.0.113.9. Set HOST to one of its addresses.');
  });

  test('a source address that this machine does not have', async () => {
    const directory = await runs.directory();
    const BELLHOP_CONFIG = join(directory, 'bellhop.config.ts');
    await writeFile(BELLHOP_CONFIG, "export default { targets: { sourceAddress: '203.0.113.9' } };");
    const says = await runs.refusal({ env: { DATA_DIR: directory, BELLHOP_CONFIG } });
    expect(says).toMatch(/^targets\.sourceAddress: 203\.0\.113\.9 is not an address of this machine; use one of .*127/);
  });

  test('a file of certificates that does not exist', async () => {
    const directory = await runs.directory();
    const BELLHOP_CONFIG = join(directory, 'bellhop.config.ts');
    await writeFile(BELLHOP_CONFIG, "export default { targets: { ca: ['/missing/ca.pem'] } };");
    const says = await runs.refusal({ env: { DATA_DIR: directory, BELLHOP_CONFIG } });
    expect(says).toBe(
      `${BELLHOP_CONFIG} is invalid:\n  - targets.ca.*: /missing/ca.pem cannot be read (ENOENT). Correct the name, or let this user read it.`,
    );
  });

  test('a data directory that another server uses', async () => {
    const env = { DATA_DIR: await runs.directory() };
    await runs.serving({ env });
    const says = await runs.refusal({ env });
    expect(says).toContain(`Another Bellhop server already uses ${env.DATA_DIR}`);
    expect(says).toContain('set DATA_DIR to another directory');
  });

  test('a data directory that is a file, or inside one', async () => {
    const file = join(await runs.directory(), 'file');
    await writeFile(file, '');
    for (const env of [{ DATA_DIR: file }, { ...production, DATA_DIR: join(file, 'inside') }]) {
      expect(await runs.refusal({ env })).toContain(`- DATA_DIR: ${file} is not a directory`);
    }
  });

  (process.getuid?.() === 0 ? test.skip : test)('a data directory that this user may not write in', async () => {
    const directory = await runs.directory();
    await chmod(directory, 0o500);
    const says = await runs.refusal({ env: { ...production, DATA_DIR: directory } });
    expect(says).toContain(`- DATA_DIR: ${directory} is not writable by this user`);
  });

  test("another encryption key than the data directory's", async () => {
    const env = { ...production, DATA_DIR: await runs.directory() };
    const { run } = await runs.serving({ env });
    await run.stop();
    const other = randomBytes(32).toString('hex');
    const says = await runs.refusal({ env: { ...env, BELLHOP_ENCRYPTION_KEY: other } });
    expect(says).toContain('BELLHOP_ENCRYPTION_KEY is not the key this store was created with. Start with that key');
  });

  test.each(['{', '{"root_key": 1}'])('the keys of development are damaged: %s', async (content) => {
    const dataDir = await runs.directory();
    await writeFile(join(dataDir, 'development-keys.json'), content);
    const says = await runs.refusal({ env: { DATA_DIR: dataDir } });
    expect(says).toContain('development-keys.json. Restore it, or delete the data directory');
  });
});

test('proxy variables of the environment are named, without their values, and not used', async () => {
  const env = {
    DATA_DIR: await runs.directory(),
    HTTPS_PROXY: 'http://u:s3cret@proxy.example:3128',
    no_proxy: 'localhost',
  };
  const { run } = await runs.serving({ env });
  const [line] = await run.prints(/\{.*"msg":"proxy variables ignored"\}/);
  expect(JSON.parse(line)).toMatchObject({ variables: ['HTTPS_PROXY', 'no_proxy'], instead: 'targets.proxy' });
  expect(line).not.toContain('s3cret');
});
