import { afterTest } from '@bellhop/server/test/cleanup';
import { createClient } from '@bellhop/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Runs } from '../api/runs.ts';
import { Receiver } from '../harness/receiver.ts';
import { documented, open, Stranger } from './stranger.ts';

const runs = new Runs(afterAll);
const minutes = 60_000;
let stranger: Stranger;

beforeAll(async () => {
  stranger = await Stranger.clone(runs);
});

describe("the README's commands in a fresh clone", { timeout: 10 * minutes }, () => {
  test('npm install && npm run demo: every request is verified', async () => {
    const output = await stranger.does(await documented('README.md', 'npm run demo'));
    expect(output).toMatch(/(\d+) of \1 deliveries verified in .* s\./);
  });

  test('npm install && npm start: the link opens the dashboard, the printed and the documented curl publish', async () => {
    const { run, url } = await stranger.serving(await documented('README.md', 'npm install && npm start'));
    const [, link = ''] = await run.prints(/Dashboard +(\S+)\n/);
    const [, key = ''] = await run.prints(/API key +(\S+)\n/);
    const [printed] = await run.prints(/curl [\s\S]*}'\n/);
    await open(link);

    const receiver = await Receiver.start();
    afterTest(() => receiver.stop());
    const publish = (await documented('README.md', 'KEY=sk_live_'))
      .replace('sk_live_…', key)
      .replaceAll('http://127.0.0.1:8080', url)
      .replace('http://127.0.0.1:3000', receiver.url(''));
    await stranger.does(publish);
    expect((await receiver.request(0)).json).toMatchObject({ event: 'new_lead', data: { name: 'Jane Smith' } });
    const { id } = JSON.parse(await stranger.does(printed));
    const { data } = await createClient({ baseUrl: url, apiKey: key }).listEvents();
    expect(data.map((event) => event.id)).toContain(id);
    await run.stopAll('SIGINT');
    await expect(fetch(url)).rejects.toThrow();
  });
});
