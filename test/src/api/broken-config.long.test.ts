import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Guide } from './guide.ts';
import { Runs } from './runs.ts';

const runs = new Runs();

let guide: Guide;
beforeAll(async () => {
  guide = await Guide.read();
});

const name = 'bellhop.config.ts';

/** What the server says that is to start with the guide's file after a change; the file is at /path. */
async function refusalAfter(change: Change): Promise<string> {
  const directory = await runs.directory();
  const file = await guide.write(directory, name, (code) => {
    const changed = change(code);
    expect(changed).not.toBe(code);
    return changed;
  });
  const env = { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: file };
  return (await runs.refusal({ env })).replaceAll(directory, '/path');
}

type Change = (code: string) => string;

describe("the guide's file, broken: the server says what the guide says it does", () => {
  test.each<[what: string, change: Change, says: string[]]>([
    [
      'a syntax error',
      (code) => code.replace('const booking = z.looseObject({', 'const booking = ;'),
      ['Cannot load /path/bellhop.config.ts:3: Expression expected'],
    ],
    [
      'zod from elsewhere',
      (code) => `import { z } from 'zod';\n${code.replace(', z }', ' }')}`,
      ["Cannot find package 'zod'", 'import z from "@bellhop/shared".'],
    ],
    [
      'no default export',
      (code) => code.replace('export default {', 'export const config = {'),
      ['has no default export. Write: export default { providers: [ … ] };'],
    ],
    [
      'an unknown setting, and a provider without defineProvider',
      (code) => code.replace('slotwise],', "{ id: 'slotwise' }],\n  provider: [],"),
      ['Unrecognized key: "provider"', 'providers.5: must be made with defineProvider()'],
    ],
    [
      'two providers with the same id',
      (code) => code.replace('slotwise],', 'slotwise, slotwise],'),
      ['providers: two have the id "slotwise"; give each a unique id'],
    ],
    [
      "the id of Bellhop's own events",
      (code) => code.replace("id: 'slotwise'", "id: 'bellhop'"),
      ['providers.5: has the id "bellhop", which is reserved for Bellhop\'s own events; choose another id'],
    ],
    [
      'a sample that fails its schema, and a schema with a date',
      (code) => code.replace('38.5', "'38.50'").replace('z.iso.datetime({ offset: true })', 'z.date()'),
      [
        'events.booking.created.sample.price: Invalid input: expected number, received string',
        'events.booking.created.schema: must be representable in JSON Schema',
      ],
    ],
    [
      'a description of another form, and a signed time without its header',
      (code) =>
        code
          .replace('Triggers when a customer', 'When a customer')
          .replace("    timestampHeader: 'X-Slotwise-Timestamp',\n", ''),
      [
        'events.booking.created.description: must begin with "Triggers when "',
        'signature.timestampHeader: must be a header name, because "content" signs its value',
      ],
    ],
  ])('%s', async (_, change, says) => {
    const paragraph = await refusalAfter(change);
    expect(paragraph).toContain(`/path/${name}`);
    for (const each of says) {
      expect(paragraph).toContain(each);
      expect(guide.text).toContain(each);
    }
  });

  test('a file that does not exist', async () => {
    const directory = await runs.directory();
    const env = { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: join(directory, name) };
    const says = (await runs.refusal({ env })).replaceAll(directory, '/path');
    expect(says).toBe(`BELLHOP_CONFIG names /path/${name}, which does not exist.`);
    expect(guide.text).toContain(says);
  });
});

describe('a configuration file that cannot be used', () => {
  test.each<[what: string, code: string, says: RegExp]>([
    ['throws', "throw new Error('no database today');", /bellhop\.config\.ts:1: no database today$/],
    ['exports a text', "export default 'config';", /the default export: .*expected object, received string/],
    [
      'has several settings that are wrong: each is named',
      "export default { shutdownSeconds: 1e6, limits: { bodyBytes: 1 }, targets: { allow: ['10.0.0.0/99'] } };",
      /targets\.allow: .*10\.0\.0\.0\/99.*\n.*limits\.bodyBytes: .*\n.*shutdownSeconds: /,
    ],
  ])('%s', async (_, code, says) => {
    const directory = await runs.directory();
    const file = join(directory, name);
    await writeFile(file, code);
    const paragraph = await runs.refusal({ env: { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: file } });
    expect(paragraph).toMatch(says);
    expect(paragraph).toContain(file);
  });

  test('is a directory', async () => {
    const directory = await runs.directory();
    const file = join(directory, name);
    await mkdir(file);
    const env = { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: file };
    expect(await runs.refusal({ env })).toContain(`Cannot load ${file}: `);
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
