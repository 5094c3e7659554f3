import { describe, expect, test } from 'vitest';
import { ApiStage, fieldsOf, problemOf } from './support.ts';

const production = new ApiStage({ production: true });
const development = new ApiStage();

const body = (url: string) => ({ provider: 'boltly', events: ['message.received'], url });

/** How each route that takes a URL refuses this one, and that nothing is stored. */
async function refusals(stage: ApiStage, url: string): Promise<string[]> {
  const { client } = await stage.tenant();
  const { id } = await client.createWebhook({ body: body('https://hooks.example.com/in') });
  const before = await client.listWebhooks();
  const { provider, events } = body(url);
  const problems = [
    await problemOf(client.createWebhook({ body: body(url) })),
    await problemOf(client.updateWebhook({ params: { id }, body: { url } })),
    await problemOf(client.subscribeHook({ body: { provider, events, target_url: url } })),
    await problemOf(client.createDeveloperAccessWebhook({ body: { url, events } })),
    await problemOf(client.previewWebhook({ body: { provider, event: 'message.received', url } })),
  ];
  expect(await client.listWebhooks()).toEqual(before);
  return problems.map((problem) => {
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    const fields = fieldsOf(problem);
    expect(Object.keys(fields)).toHaveLength(1);
    return fields.url ?? fields.target_url ?? '';
  });
}

async function refused(stage: ApiStage, url: string, says: RegExp): Promise<void> {
  for (const message of await refusals(stage, url)) {
    expect(message).toMatch(says);
    expect(message).not.toContain('s3cret');
  }
}

describe('in production', () => {
  test('http is refused: use https', () =>
    refused(production, 'http://hooks.example.com/s3cret', /must start with https:\/\//));

  test.each([
    'https://127.0.0.1/s3cret',
    'https://127.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://0.0.0.0/',
    'https://10.0.0.7/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'https://224.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://localhost/',
    'https://api.localhost./',
    'https://printer.local/',
    'https://db.internal/',
  ])('%s is not on the public internet, and is refused', (url) => {
    return refused(production, url, /reachable on the public internet/);
  });
});

describe('everywhere', () => {
  test.each<[string, RegExp]>([
    ['hooks.example.com/in', /not a URL.*such as https:\/\/example.com/],
    ['', /./],
    ['https://', /not a URL/],
    ['ftp://hooks.example.com/', /start with https:\/\/ or http:\/\//],
    ['file:///etc/passwd', /start with https:\/\/ or http:\/\//],
    ['javascript:alert(1)', /start with https:\/\/ or http:\/\//],
    ['https://user:s3cret@hooks.example.com/', /user name or a password.*authentication/],
    ['https://hooks.example.com/in#s3cret', /"#"/],
    ['https://hooks.example.com/in\r\nX-A: b', /line break/],
    ['https://hooks.example.com:25/', /Port 25 is reserved/],
    ['https://hooks.example.com:99999/', /not a URL/],
    ['https://10.0.0.7/', /reachable on the public internet/],
    [`https://hooks.example.com/${'a'.repeat(2048)}`, /2,?048/],
  ])('%s', (url, says) => refused(development, url, says));

  test('in development http and this machine may be named', async () => {
    const { client } = await development.tenant();
    for (const url of [
      'http://hooks.example.com/',
      'http://127.0.0.1:3000/in',
      'http://localhost/',
      'https://[::1]/',
    ]) {
      expect(await client.createWebhook({ body: body(url) })).toMatchObject({ url });
    }
  });
});

describe('a URL is kept as it will be called', () => {
  test('also when it is changed, and for REST hooks', async () => {
    const { client } = await development.tenant();
    const given = 'HTTPS://Hooks.Example.COM.:443/Path?q=ü';
    const kept = 'https://hooks.example.com/Path?q=%C3%BC';
    const { id, url } = await client.createWebhook({ body: body(given) });
    expect(url).toBe(kept);
    await client.updateWebhook({ params: { id }, body: { url: 'https://other.example.com/' } });
    expect(await client.updateWebhook({ params: { id }, body: { url: given } })).toMatchObject({ url: kept });
    const hook = { provider: 'boltly', event: 'message.read' };
    const first = await client.subscribeHook({ body: { ...hook, target_url: given } });
    const second = await client.subscribeHook({ body: { ...hook, target_url: kept } });
    expect(first).toMatchObject({ url: kept, id: second.id });
  });
});
