import { readFileSync } from 'node:fs';
import type { PlatformId } from '@bellhop/shared';
import { platformAnswers } from '@bellhop/shared/test/platform-answers';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Answer, Answering } from '../harness/receiver.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { FlowStage, firstEventType } from './support.ts';

/* The table of docs/faults.md: each row is carried out, for each of its platforms. */

const page = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8');

interface Row {
  readonly fault: string;
  readonly platform: PlatformId;
  readonly isHook: boolean;
  readonly event: string;
  readonly sees: string;
  readonly heals: string;
}

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:fault|---) /.test(line))
  .flatMap((line): Row[] => {
    const [fault = '', on = '', event = '', sees = '', heals = ''] = line.slice(2, -2).split(' | ');
    return on.split(', ').map((each) => {
      const [platform, hook] = each.split(' ');
      return { fault, platform: platform as PlatformId, isHook: hook !== undefined, event, sees, heals };
    });
  });

const clock = new ManualClock();
const stage = new FlowStage({ clock });

function recorded(platform: string, when: string): Answer {
  const found = platformAnswers.find((each) => each.platform === platform && each.when === when);
  if (!found) throw new Error(`No answer of ${platform} is recorded for: ${when}`);
  return { status: found.status, headers: { 'content-type': found.type }, body: found.body };
}

/** What the platform answers, or does to connections. */
const faults: Readonly<Record<string, (platform: PlatformId) => Answer | 'sever'>> = {
  'connections break': () => 'sever',
  'a proxy answers 502': () => ({ status: 502 }),
  'it is starting': () => recorded('n8n', 'booting: migrates'),
  'something else answers 200': () => ({ status: 200, body: '{"ok":true}' }),
  'a login page': (platform) => recorded(platform, 'behind a login'),
  'too many requests': () => ({ status: 429, headers: { 'retry-after': '600' } }),
  'its queue is full': () => recorded('make', 'queue full'),
  'it is switched off': (platform) =>
    platform === 'n8n' ? recorded('n8n', 'workflow inactive or deleted') : { status: 410 },
  'it is edited': () => ({ status: 502 }),
  'a server error': () => ({ status: 500 }),
  'the node takes GET only': () => recorded('n8n', 'wrong method'),
  'a test URL was entered': () => recorded('n8n', 'test URL, not listening'),
  'a test listener is left alone': () => ({ status: 502 }),
};

/** What a well subscriber that acknowledges answers. */
const acknowledge: Answering = ({ headers }) => ({ body: JSON.stringify({ received: headers['webhook-id'] }) });

const published = 5;

async function scene({ fault, platform, isHook }: Row) {
  const tenant = await stage.server.tenant();
  const receiver = await stage.receiver();
  const way = await TcpProxy.open(receiver.url('/'));
  const { type, sample } = firstEventType('boltly');
  const url = `${way.url}hook`;
  const subscribe = () =>
    tenant.client.subscribeHook({
      body: {
        provider: 'boltly',
        event: type,
        target_url: url,
        platform,
        format: 'standard',
        external_id: 'flow 1',
        ...(platform === 'n8n' ? { acknowledges: true } : {}),
        ...(fault === 'a test listener is left alone' ? { listen_seconds: 120 } : {}),
      },
    });
  const create = () => tenant.client.createWebhook({ body: { provider: 'boltly', events: [type], url, platform } });
  let { id } = isHook ? await subscribe() : await create();
  const trouble = faults[fault]?.(platform);
  if (trouble === undefined) throw new Error(`No test is written for: ${fault}`);
  if (trouble === 'sever') way.sever();
  else receiver.answer(trouble);
  const events = Array.from({ length: published }, () => ({ provider: 'boltly', type, data: sample }));
  const first = await tenant.client.publishBatch({ body: { events } });
  const state = () => tenant.client.getWebhook({ params: { id } });
  const deliveries = async () => (await tenant.client.listDeliveries({ params: { id } })).data;
  const met = await eventually(deliveries, (all) => all.some(({ attempts }) => attempts > 0));
  return {
    ids: first.ids,
    met,
    deliveries,
    state,
    last: async () => (await tenant.client.listAttempts({ params: { id } })).data[0],
    edit: () => tenant.client.unsubscribeHook({ params: { id } }),
    heal: () => {
      way.mend();
      receiver.answer(isHook && platform === 'n8n' ? acknowledge : { body: 'Accepted' });
    },
    again: async () => {
      ({ id } = await subscribe());
    },
    close: () => way.close(),
    receiver,
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Moves the time on, as far as it takes, until this is so. */
async function inTime<T>(read: () => Promise<T>, satisfied: (value: T) => boolean, stepMs: number): Promise<T> {
  return eventually(async () => {
    const value = await read();
    if (!satisfied(value)) clock.advance(stepMs);
    return value;
  }, satisfied);
}

/** The trouble as the customer meets it: one try, or as many as it takes to be sure. */
async function meet(now: Scene, { fault, platform }: Row, status: string): Promise<void> {
  if (fault === 'it is edited') await now.edit();
  const isSlow = fault === 'it is switched off' && platform === 'make';
  await inTime(now.state, (webhook) => webhook.status === status, isSlow ? 1000 : 0);
}

describe.each(rows)('$fault: $platform', (row) => {
  const [status = '', quoted] = row.sees.split(': ');
  const says = quoted?.replaceAll('"', '');

  test(`the event ${row.event}; ${row.sees}; ${row.heals}`, async () => {
    const now = await scene(row);
    if (status === 'nothing') {
      expect(await now.deliveries()).toContainEqual(expect.objectContaining({ status: 'discarded', attempts: 1 }));
      await inTime(
        () => now.state().catch(() => null),
        (webhook) => webhook === null,
        30_000,
      );
      await now.close();
      return;
    }
    await meet(now, row, status);
    const webhook = await now.state();
    const seen = status === 'active' ? (await now.last())?.error : webhook.status_reason?.message;
    expect(seen).toContain(says);
    const [met] = (await now.deliveries()).filter(({ attempts }) => attempts > 0);
    const waits = { waits: 'pending', 'is retried': 'pending', 'is held': 'held', 'is discarded': 'discarded' };
    expect(met?.status).toBe(waits[row.event as keyof typeof waits]);
    if (row.event !== 'is discarded') await healed(now, row);
    await now.close();
  });
});

async function healed(now: Scene, { heals }: Row): Promise<void> {
  now.heal();
  const tried = now.receiver.received.length;
  if (heals.startsWith('subscribing again')) await now.again();
  else expect(heals).toMatch(/^by itself/);
  await inTime(
    now.deliveries,
    (all) => all.length === published && all.every((each) => each.status === 'delivered'),
    60_000,
  );
  expect((await now.state()).status).toBe('active');
  expect(now.receiver.received.length - tried).toBeGreaterThanOrEqual(published);
}

test('every fault that is written down here is in the table', () => {
  expect(new Set(rows.map(({ fault }) => fault))).toEqual(new Set(Object.keys(faults)));
});
