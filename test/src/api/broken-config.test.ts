import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Guide } from './guide.ts';
import { Runs } from './runs.ts';

const runs = new Runs();

let guide: Guide;
beforeAll(async () => {
  guide = await Guide.read();
});

const name = 'bellhop.config.ts';

/** What the server says that is to start with the guide's file after a change; the file is at /path. */
async function refusalAfter(change: (code: string) => string): Promise<string> {
  const directory = await runs.directory();
  const file = await guide.write(directory, name, (code) => {
    const changed = change(code);
    expect(changed).not.toBe(code);
    return changed;
  });
  const env = { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: file };
  return (await runs.refusal({ env })).replaceAll(directory, '/path');
}

describe("the guide's file, broken: the server says what the guide says it does", () => {
  test.each<[string, (code: string) => string, string]>([
    [
      'a syntax error',
      (code) => code.replace('const booking = z.looseObject({', 'const booking = ;'),
      'bellhop.config.ts:3 could not be loaded: Expression expected',
    ],
    [
      'zod from elsewhere',
      (code) => `import { z } from 'zod';\n${code.replace(', z }', ' }')}`,
      'z comes from "@bellhop/shared".',
    ],
    [
      'no default export',
      (code) => code.replace('export default {', 'export const config = {'),
      'has no default export. Write: export default { providers: [ … ] };',
    ],
    ['an unknown setting', (code) => code.replace('  providers: [', '  provider: ['), 'Unrecognized key: "provider"'],
    [
      'a provider without defineProvider',
      (code) => code.replace('slotwise],', "{ id: 'slotwise' }],"),
      'providers.5: must be made with defineProvider()',
    ],
    [
      'two providers with the same id',
      (code) => code.replace('slotwise],', 'slotwise, slotwise],'),
      'providers: two have the id "slotwise"; give each an id of its own',
    ],
    [
      'a sample that fails its schema',
      (code) => code.replace('38.5', "'38.50'"),
      'events.booking.created.sample.price: Invalid input: expected number, received string',
    ],
    [
      'a description of another form',
      (code) => code.replace('Triggers when a customer', 'When a customer'),
      'events.booking.created.description: must begin with "Triggers when "',
    ],
    [
      'a signed part without its header',
      (code) => code.replace("    timestampHeader: 'X-Slotwise-Timestamp',\n", ''),
      'signature.timestampHeader: must name the header of a part that "content" signs',
    ],
    [
      'a date',
      (code) => code.replace('z.iso.datetime({ offset: true })', 'z.date()'),
      'events.booking.created.schema: must be expressible as JSON Schema',
    ],
  ])('%s', async (_, change, says) => {
    const paragraph = await refusalAfter(change);
    expect(paragraph).toContain(says);
    expect(paragraph).toContain(`/path/${name}`);
    expect(guide.text).toContain(says);
  });

  test('a file that does not exist', async () => {
    const directory = await runs.directory();
    const env = { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: join(directory, name) };
    const says = (await runs.refusal({ env })).replaceAll(directory, '/path');
    expect(says).toBe(`BELLHOP_CONFIG names /path/${name}, which does not exist.`);
    expect(guide.text).toContain(says);
  });

  test('everything that is wrong with a provider is said at once', async () => {
    const paragraph = await refusalAfter((code) =>
      code
        .replace("id: 'slotwise'", "id: 'Slot wise'")
        .replace("encoding: 'hex'", "encoding: 'octal'")
        .replace('10_000', '-1'),
    );
    const lines = paragraph.split('\n').slice(1);
    expect(lines.map((line) => /^ {2}- ([\w.]+): /.exec(line)?.[1])).toEqual([
      'id',
      'signature.encoding',
      'delivery.timeoutMs',
    ]);
  });
});

describe('a configuration file that cannot be used', () => {
  test.each<[string, string, RegExp]>([
    [
      'throws',
      "throw new Error('no database today');",
      /bellhop\.config\.ts:1 could not be loaded: no database today$/,
    ],
    [
      'exports nothing but a text',
      "export default 'config';",
      /the default export: .*expected object, received string/,
    ],
    [
      'has settings beyond their bounds',
      'export default { shutdownSeconds: 1e6, limits: { bodyBytes: 1 } };',
      /limits\.bodyBytes: .*\n.*shutdownSeconds: /,
    ],
    [
      'allows an unreadable network',
      "export default { targets: { allow: ['10.0.0.0/99'] } };",
      /targets\.allow: .*10\.0\.0\.0\/99/,
    ],
  ])('%s', async (_, code, says) => {
    const directory = await runs.directory();
    const file = join(directory, name);
    await writeFile(file, code);
    const env = { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: file };
    const paragraph = await runs.refusal({ env });
    expect(paragraph).toMatch(says);
    expect(paragraph).toContain(file);
  });

  test('is a directory', async () => {
    const directory = await runs.directory();
    const file = join(directory, name);
    await mkdir(file);
    const env = { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: file };
    expect(await runs.refusal({ env })).toContain(`${file} could not be loaded: `);
  });
});

describe('where the file is found', () => {
  test('bellhop.config.ts in the working directory, without a package.json and without a warning', async () => {
    const workingDirectory = await runs.directory();
    await guide.write(workingDirectory, name);
    const { run, url } = await runs.serving({ workingDirectory });
    const [, apiKey] = await run.prints(/API key +(sk_live_\S+)\n/);
    const response = await fetch(`${url}/v1/providers/slotwise`, { headers: { 'x-api-key': String(apiKey) } });
    expect(await response.json()).toMatchObject({ id: 'slotwise', name: 'Slotwise' });
    expect((await run.stop()).output).not.toMatch(/warning/i);
  });
});
