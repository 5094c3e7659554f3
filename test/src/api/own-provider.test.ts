import { execFile, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client, SignatureScheme } from '@bellhop/shared';
import { createClient, standardFormat, verify } from '@bellhop/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import type { Answer } from '../harness/receiver.ts';
import { Receiver } from '../harness/receiver.ts';
import { repository } from '../harness/server-run.ts';
import { Guide, installShared } from './guide.ts';
import { Runs } from './runs.ts';
import { strictFetch } from './strict-fetch.ts';
import { problemOf } from './support.ts';

/* docs/add-a-provider.md, from its first line of code to the last: its own file, commands and receivers. */

const runs = new Runs(afterAll);
const shell = promisify(execFile);
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const secret = 'a-secret-that-the-customer-brings';

let guide: Guide;
let directory: string;
let url: string;
let apiKey: string;
let client: Client;
const receivers: Receiver[] = [];

beforeAll(async () => {
  guide = await Guide.read();
  directory = await runs.directory();
  const config = await guide.write(directory, 'bellhop.config.ts');
  const server = await runs.serving({ env: { DATA_DIR: join(directory, 'data'), BELLHOP_CONFIG: config } });
  url = server.url;
  apiKey = (await server.run.prints(/API key +(sk_live_\S+)\n/))[1] ?? '';
  client = createClient({ baseUrl: url, apiKey, fetch: strictFetch });
});

afterAll(() => Promise.all(receivers.map((receiver) => receiver.stop())));

async function receive(answer: Answer = {}): Promise<Receiver> {
  const receiver = await Receiver.start(answer);
  receivers.push(receiver);
  return receiver;
}

const params = { provider: 'slotwise', type: 'booking.created' };

async function publishSample(): Promise<string> {
  const { sample } = await client.getEventType({ params });
  return (await client.publishEvent({ body: { ...params, data: { ...sample, stylist: 'Jo' } } })).id;
}

describe('the catalogue', () => {
  test('lists it after the built-in ones, as the file says it', async () => {
    const { data } = await client.listProviders();
    const ids = ['boltcall', 'boltly', 'bolten', 'inboundflow', 'salpre', 'slotwise', 'bellhop'];
    expect(data.map(({ id }) => id)).toEqual(ids);
    expect(data.at(5)).toMatchObject({
      name: 'Slotwise',
      events: [{ type: 'booking.created' }, { type: 'booking.cancelled' }],
      delivery: { success: '2xx', timeoutMs: 10_000, retry: { delays: [10, 60, 600, 3600], jitter: 0.1 } },
      webhooks: { eventTypes: 'many', secret: 'always', authentication: ['none', 'bearer'], additionalHeaders: true },
    });
  });

  test('has its titles for forms and connectors', async () => {
    const { schema, label } = await client.getEventType({ params: { ...params, type: 'booking.cancelled' } });
    expect(label).toBe('Booking Cancelled');
    expect(schema).toMatchObject({
      properties: {
        booking_id: { title: 'Booking ID' },
        customer: { properties: { name: { title: 'Customer Name' } } },
        reason: { title: 'Reason' },
      },
      required: ['booking_id', 'service', 'starts_at', 'customer'],
    });
  });
});

describe('publishing', () => {
  test("data that does not fit is refused, with the guide's own answer, and not stored", async () => {
    const { sample } = await client.getEventType({ params });
    const before = await client.listEvents();
    const data = { ...sample, starts_at: 'tomorrow', customer: {} };
    const problem = await problemOf(client.publishEvent({ body: { ...params, data } }));
    expect(problem).toEqual(JSON.parse(guide.block('refusal')));
    expect(await client.listEvents()).toEqual(before);
  });

  test('an event type that it does not have is refused with those it has', async () => {
    const problem = await problemOf(client.publishEvent({ body: { ...params, type: 'booking.moved', data: {} } }));
    expect(problem.errors).toEqual([
      { field: 'type', message: 'is not an event type of slotwise; use one of booking.created, booking.cancelled' },
    ]);
  });
});

describe('a webhook', () => {
  test('gets the event in the format of the file, signed by its scheme', async () => {
    const receiver = await receive();
    const body = { provider: 'slotwise', events: ['booking.created'], url: receiver.url() };
    const { signing_secret } = await client.createWebhook({ body });
    expect(signing_secret).toMatch(/^whsec_/);
    const id = await publishSample();
    const request = await receiver.request(0);
    expect(Object.keys(request.json)).toEqual(['id', 'event', 'occurred_at', 'test', 'booking']);
    expect(request.json).toMatchObject({
      id,
      event: 'booking.created',
      test: false,
      booking: { stylist: 'Jo', price: 38.5 },
    });
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'x-slotwise-event': 'booking.created',
      'x-slotwise-timestamp': expect.stringMatching(/^\d{10}$/),
    });
    const { signature } = await client.getProvider({ params: { provider: 'slotwise' } });
    expect(verify(signature as SignatureScheme, request, { secret: String(signing_secret) })).toEqual({ ok: true });
  });

  test('the test button sends the sample, marked as a test', async () => {
    const receiver = await receive();
    const body = { provider: 'slotwise', events: ['booking.cancelled'], url: receiver.url() };
    const { id } = await client.createWebhook({ body });
    await client.testWebhook({ params: { id } });
    expect((await receiver.request(0)).json).toMatchObject({ test: true, booking: { reason: 'The customer is ill.' } });
  });

  test('in the standard format needs nothing of the file', async () => {
    const receiver = await receive();
    const body = {
      provider: 'slotwise',
      event: 'booking.created',
      target_url: receiver.url(),
      format: 'standard',
    } as const;
    const { signing_secret } = await client.subscribeHook({ body });
    await publishSample();
    const request = await receiver.request(0);
    expect(request.json).toMatchObject({ provider: 'slotwise', type: 'booking.created', data: { stylist: 'Jo' } });
    const scheme = standardFormat.signature as SignatureScheme;
    expect(verify(scheme, request, { secret: String(signing_secret) })).toEqual({ ok: true });
  });

  test('that fails is tried again by the schedule of the file', async () => {
    const receiver = await receive({ status: 500 });
    const body = { provider: 'slotwise', events: ['booking.created'], url: receiver.url() };
    const { id } = await client.createWebhook({ body });
    await publishSample();
    const { data } = await eventually(
      () => client.listDeliveries({ params: { id } }),
      ({ data: [delivery] }) => delivery?.attempts === 1,
    );
    const [{ next_attempt_at, last_attempt } = { next_attempt_at: null, last_attempt: null }] = data;
    const wait = Date.parse(next_attempt_at ?? '') - Date.parse(last_attempt?.started_at ?? '');
    expect(wait).toBeGreaterThanOrEqual(10_000);
    expect(wait).toBeLessThan(16_000);
  });
});

describe("the guide's receivers", () => {
  /** Starts a receiver of the guide where `npm install` has been, and returns where it listens. */
  async function listening(title: string) {
    const place = await runs.directory();
    await installShared(place);
    await writeFile(join(place, 'package.json'), '{ "type": "module" }');
    const file = await guide.write(place, title);
    const run = runs.start({ command: [process.execPath, file], env: { SLOTWISE_SECRET: secret } });
    const [, port] = await run.prints(/listening on (?:.*port: )?(\d+)/);
    return { run, target: `http://127.0.0.1:${port}/bookings` };
  }

  /** Runs a command of the guide in a shell, as a reader would. */
  async function paste(title: string, variables: Record<string, string>, change = (command: string) => command) {
    const env = { ...process.env, BELLHOP: url, API_KEY: apiKey, ...variables };
    return JSON.parse((await shell('bash', ['-c', change(guide.block(title))], { env })).stdout);
  }

  (hasCurl ? test : test.skip).each(['receiver.mjs', 'receiver.ts'])(
    '%s takes what the commands of the guide publish, and nothing else',
    async (title) => {
      const { run, target } = await listening(title);
      const copy = await receive();
      const { id } = await paste('subscribe', { TARGET: target, SLOTWISE_SECRET: secret });
      const twin = await paste('subscribe', { TARGET: copy.url(), SLOTWISE_SECRET: secret });
      // The same key again would be the same event again, and that was for the other receiver.
      const { id: eventId } = await paste('publish', {}, (command) => command.replace('bkg_4821-created', title));
      await run.prints(new RegExp(`${eventId} booking\\.created bkg_4821\n`));
      const { data } = await eventually(
        () => client.listAttempts({ params: { id } }),
        (attempts) => attempts.data.length === 1,
      );
      expect(data).toMatchObject([{ status_code: 204, outcome: 'delivered' }]);
      const { body, headers } = await copy.request(0);
      const signed = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-slotwise')));
      const answer = async (sent: string, changed: Record<string, unknown>) => {
        const given = Object.entries({ ...signed, ...changed }).filter(([, value]) => value !== undefined);
        const response = await fetch(target, { method: 'POST', body: sent, headers: given as [string, string][] });
        return response.status;
      };
      expect(await answer(body, {})).toBe(204);
      expect(await answer(body.replace('Haircut', 'Shave'), {})).toBe(401);
      expect(await answer(body, { 'x-slotwise-signature': undefined })).toBe(401);
      expect(await answer(body, { 'x-slotwise-signature': 'sha256=é' })).toBe(401);
      expect(await answer(body, { 'x-slotwise-timestamp': undefined })).toBe(401);
      const sentAt = Number(signed['x-slotwise-timestamp']);
      expect(await answer(body, { 'x-slotwise-timestamp': String(sentAt - 1) })).toBe(401);
      const tenMinutesAgo = String(sentAt - 600);
      const hmac = createHmac('sha256', secret).update(`${tenMinutesAgo}.${body}`).digest('hex');
      const stale = { 'x-slotwise-timestamp': tenMinutesAgo, 'x-slotwise-signature': `sha256=${hmac}` };
      expect(await answer(body, stale)).toBe(401);
      for (const each of [id, twin.id]) await client.deleteWebhook({ params: { id: each } });
    },
  );

  test('all of its TypeScript passes the compiler', async () => {
    const place = await runs.directory();
    await installShared(place);
    for (const title of ['bellhop.config.ts', 'receiver.ts']) await guide.write(place, title);
    const tsconfig = {
      extends: join(repository, 'tsconfig.base.json'),
      compilerOptions: { noEmit: true, composite: false, typeRoots: [join(repository, 'node_modules/@types')] },
      include: ['*.ts'],
    };
    await writeFile(join(place, 'package.json'), '{ "type": "module" }');
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify(tsconfig));
    const { output } = await runs.start({ command: [join(repository, 'node_modules/.bin/tsc'), '-p', place] }).ended;
    expect(output).toBe('');
  });
});
