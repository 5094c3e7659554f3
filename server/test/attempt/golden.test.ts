import { createHash } from 'node:crypto';
import type { FormatId, Provider } from '@bellhop/shared';
import { Catalogue, formatIds } from '@bellhop/shared';
import { expect, test } from 'vitest';
import type { RenderedRequest } from '../../src/attempt/render.ts';
import { renderRequest, toOutgoingEvent } from '../../src/attempt/render.ts';
import type { Credentials } from '../../src/model.ts';
import { post } from '../../src/target/post.ts';
import { agentFor, httpReceiver } from '../target/support/receivers.ts';

/*
 * What receivers get, byte for byte, as it was recorded once: every event type in every format, under every kind of
 * credentials. A change on purpose is recorded by: npx vitest run -u server/test/attempt/golden
 */

interface Case {
  readonly provider: Provider;
  readonly format: FormatId;
  readonly type: string;
  readonly variant: string;
}

const time = Date.UTC(2026, 0, 15, 9, 30);
const newest = `whsec_${'n'.repeat(32)}`;
const replaced = { secret: `whsec_${'m'.repeat(32)}`, until: time + 3_600_000 };
const replacedBefore = { secret: `whsec_${'o'.repeat(32)}`, until: time + 1 };

const variants: Readonly<Record<string, Partial<Credentials> & { readonly test?: boolean; readonly data?: string }>> = {
  plain: {},
  basic: { authentication: { type: 'basic', username: 'jane', password: 'pässword' } },
  'api key': { authentication: { type: 'api_key', key: 'golden-key' } },
  bearer: { authentication: { type: 'bearer', token: 'golden-token' } },
  'additional headers': { headers: { 'X-Tenant': 'acme', 'User-Agent': 'Acme/1' } },
  signed: { secrets: [newest] },
  rotated: { secrets: [newest], previous: [replaced] },
  'rotated twice': { secrets: [newest], previous: [replaced, replacedBefore] },
  'rotated, overlap over': { secrets: [newest], previous: [{ ...replaced, until: time }] },
  'all at once': {
    authentication: { type: 'bearer', token: 'golden-token' },
    headers: { 'X-Tenant': 'acme' },
    secrets: [newest],
    previous: [replaced],
  },
  'test event': { secrets: [newest], test: true },
  'awkward data': { secrets: [newest], data: '{"b":1.0,"a":"ü€😀\\u2028</script>","2":null,"1":[1e21,-0,0.1],"":{}}' },
};

function* cases(): Generator<Case> {
  for (const provider of new Catalogue().providers)
    for (const format of formatIds)
      for (const type of Object.keys(provider.events))
        for (const variant of Object.keys(variants)) yield { provider, format, type, variant };
}

function render({ provider, format, type, variant }: Case, url: string): RenderedRequest {
  const { test = false, data, ...credentials } = variants[variant] ?? {};
  const event = {
    id: 'evt_0190aaaa-0000-7000-8000-000000000001',
    organizationId: 'org_0190aaaa-0000-7000-8000-000000000002',
    provider: provider.id,
    type,
    test,
    occurredAt: time - 61_234,
    createdAt: time - 60_000,
    data: data ?? JSON.stringify(provider.events[type]?.sample),
  };
  return renderRequest({
    provider,
    webhook: { url, format },
    credentials: { authentication: { type: 'none' }, headers: {}, secrets: [], ...credentials },
    event: toOutgoingEvent(event, 'dlv_0190aaaa-0000-7000-8000-000000000003'),
    sentAt: time,
    userAgent: 'Bellhop/golden',
  });
}

/** Sends a request for each case. Returns them as they arrived: method, headers but for the host, body. */
async function sendAll(): Promise<readonly (Case & { readonly arrived: string })[]> {
  let arrived = '';
  const receiver = await httpReceiver(({ method, rawHeaders, body }, response) => {
    const headers = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
    arrived = [method, ...headers.filter((header) => !header.startsWith('host:')), '', body].join('\n');
    response.end();
  });
  const agent = agentFor();
  const sent: (Case & { arrived: string })[] = [];
  for (const each of cases()) {
    await post(agent, render(each, `http://127.0.0.1:${receiver.port}/`), { deadlineMs: 30_000 });
    sent.push({ ...each, arrived });
  }
  return sent;
}

/** One hash for all that share a name. */
function hashes(sent: readonly { readonly name: string; readonly arrived: string }[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(sent, ({ name }) => name)).map(([name, group = []]) => {
      const hash = createHash('sha256').update(group.map(({ arrived }) => arrived).join('\0'));
      return [name, hash.digest('base64url').slice(0, 16)];
    }),
  );
}

test('every request has the bytes that were recorded', async () => {
  const sent = await sendAll();
  const first = new Set<string>();
  const inFull = sent
    .filter(({ variant }) => variant === 'all at once')
    .map((each) => ({ ...each, name: `${each.provider.id}, ${each.format} format` }))
    .filter(({ name }) => !first.has(name) && first.add(name))
    .map(({ name, type, arrived }) => `=== ${name}: ${type}\n${arrived}\n`);
  await expect.soft(inFull.join('\n')).toMatchFileSnapshot('golden.txt');
  const byType = hashes(sent.map((each) => ({ ...each, name: `${each.provider.id} ${each.format} ${each.type}` })));
  const byVariant = hashes(
    sent.map((each) => ({ ...each, name: `${each.provider.id} ${each.format} ${each.variant}` })),
  );
  await expect.soft(`${JSON.stringify({ byType, byVariant }, null, 2)}\n`).toMatchFileSnapshot('golden.json');
});
