import type { Client, OperationOutput } from '@bellhop/shared';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import { ApiStage, everything, fieldsOf, problemOf } from './support.ts';

// The clock stands still, so a job makes its first step and then waits for the clock: it runs as long as a test needs it to.
const clock = new ManualClock();
const stage = new ApiStage({ clock });

type Job = OperationOutput<'getJob'>;

/** What one step looks at. */
const perStep = 500;
const provider = 'boltly';
const type = 'message.received';

const iso = (time: number) => new Date(time).toISOString();
const since = iso(clock.now() - 3600_000);

/** Who may have left jobs running, which would take turns with those of the next test. */
const clients = new Set<Client>();
afterEach(async () => {
  for (const client of clients) {
    const { data } = await client.listJobs({ query: { status: 'running' } });
    for (const { id } of data) await client.cancelJob({ params: { id } });
  }
  clients.clear();
});

/** A tenant with a webhook whose deliveries are held, and what tests do with it. */
async function held(deliveries: number, client?: Client) {
  const tenant = client ? { client } : await stage.tenant();
  clients.add(tenant.client);
  const url = (await stage.receiver()).url();
  const { sample } = await tenant.client.getEventType({ params: { provider, type } });
  const hook = { provider, event: type, target_url: url };
  const { id } = await tenant.client.subscribeHook({ body: hook });
  const params = { id };
  await tenant.client.pauseWebhook({ params });
  for (let left = deliveries; left > 0; left -= 1000) {
    const events = Array.from({ length: Math.min(left, 1000) }, () => ({ provider, type, data: sample }));
    await tenant.client.publishBatch({ body: { events } });
  }
  return { client: tenant.client, id, params, hook };
}

/** The job once it has come to this, while the clock moves on. */
function reaching(client: Client, { id }: Job, satisfied: (job: Job) => boolean): Promise<Job> {
  return eventually(async () => {
    clock.advance(20);
    return client.getJob({ params: { id } });
  }, satisfied);
}

const ended = ({ status }: Job) => status !== 'running';

/** A running job: more deliveries than one step looks at, and a clock that stands still. */
async function running() {
  const subject = await held(perStep + 100);
  const job = await subject.client.discardBacklog({ params: subject.params });
  return { ...subject, job };
}

/** A webhook whose deliveries have all been discarded. */
async function discarded(deliveries: number) {
  const subject = await held(deliveries);
  await reaching(subject.client, await subject.client.discardBacklog({ params: subject.params }), ended);
  return subject;
}

async function deliveriesOf(client: Client, id: string) {
  return everything((query) => client.listDeliveries({ params: { id }, query }), 100);
}

describe('GET /v1/webhooks/{id}/backlog', () => {
  test('how many deliveries wait and since when', async () => {
    const { client, params } = await held(0);
    expect(await client.getBacklog({ params })).toEqual({ deliveries: 0, more: false, oldest_at: null });
    const { sample } = await client.getEventType({ params: { provider, type } });
    const oldest = iso(clock.now());
    await client.publishEvent({ body: { provider, type, data: sample } });
    clock.advance(5000);
    await client.publishEvent({ body: { provider, type, data: sample } });
    expect(await client.getBacklog({ params })).toEqual({ deliveries: 2, more: false, oldest_at: oldest });
  });

  test('of a webhook that is gone: none, as nothing will be sent; nor can it be dropped or recovered', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver({ status: 410 });
    const { id } = await client.createWebhook({
      body: { provider, events: [type], url: receiver.url(), platform: 'zapier' },
    });
    const params = { id };
    await client.testWebhook({ params });
    await eventually(
      () => client.getWebhook({ params }),
      ({ status }) => status === 'gone',
    );
    expect(await client.getBacklog({ params })).toEqual({ deliveries: 0, more: false, oldest_at: null });
    for (const call of [client.discardBacklog({ params }), client.recoverWebhook({ params, body: { since } })]) {
      expect(await problemOf(call)).toMatchObject({ code: 'conflict', detail: expect.stringMatching(/is gone/) });
    }
  });
});

describe('DELETE /v1/webhooks/{id}/backlog', () => {
  test('answers a job, which says where it can be watched, and ends with the backlog dropped', async () => {
    const { client, id, params } = await held(3);
    const asked = iso(clock.now());
    const job = await client.discardBacklog({ params });
    const selection = { ids: null, since: null, until: asked, outcomes: null, provider: null, event: null };
    expect(job).toMatchObject({ kind: 'discard', webhook_id: id, status: 'running', selection, created_at: asked });
    const done = await reaching(client, job, ended);
    expect(done).toEqual({ ...job, status: 'completed', examined: 3, affected: 3, completed_at: expect.any(String) });
    expect(await client.getBacklog({ params })).toMatchObject({ deliveries: 0 });
    for (const delivery of await deliveriesOf(client, id)) {
      expect(delivery).toMatchObject({ status: 'discarded', completed_at: done.completed_at });
    }
  });

  test('the header Location names the job', async () => {
    const { id } = await held(0);
    const tenant = await stage.tenant();
    const own = await held(0, tenant.client);
    const answer = await stage.send({ method: 'DELETE', path: `/v1/webhooks/${own.id}/backlog`, key: tenant.apiKey });
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${JSON.parse(answer.text).id}`);
    const foreign = { method: 'DELETE', path: `/v1/webhooks/${id}/backlog`, key: tenant.apiKey };
    expect(await stage.refusal(foreign)).toMatchObject({ status: 404 });
  });

  test('while it runs the webhook cannot be resumed, by nobody: 409 that names the job', async () => {
    const { client, params, hook, job } = await running();
    const resuming = [() => client.resumeWebhook({ params }), () => client.subscribeHook({ body: hook })];
    for (const resume of resuming) {
      const problem = await problemOf(resume());
      expect(problem).toMatchObject({ status: 409, code: 'conflict' });
      expect(problem.detail).toContain(`it stays paused. Wait until it completes (GET /v1/jobs/${job.id})`);
      expect(problem.detail).toContain(`POST /v1/jobs/${job.id}/cancel`);
    }
    expect(await client.getWebhook({ params })).toMatchObject({ status: 'paused' });
    expect(await client.pauseWebhook({ params })).toMatchObject({ status: 'paused' });
    await reaching(client, job, ended);
    expect(await client.resumeWebhook({ params })).toMatchObject({ status: 'active' });
  });

  test('while it runs nothing joins the backlog by being sent again: 409 that names the job', async () => {
    const { client, params, job } = await running();
    const other = await client.createWebhook({ body: { provider, events: [type], url: 'http://127.0.0.1:9999/' } });
    const calls = [
      client.recoverWebhook({ params, body: { since } }),
      client.replayDeliveries({ body: { since } }),
      client.replayDeliveries({ body: { since, webhook_id: params.id } }),
    ];
    for (const problem of await Promise.all(calls.map(problemOf))) {
      expect(problem.code).toBe('conflict');
      expect(problem.detail).toMatch(new RegExp(`^Job ${job.id} is discarding a backlog`));
    }
    expect(await client.recoverWebhook({ params: { id: other.id }, body: { since } })).toMatchObject({
      kind: 'replay',
    });
  });

  test('of an active webhook: none of its deliveries is sent again meanwhile: 409 that names the job', async () => {
    const url = (await stage.receiver(() => 'hang')).url();
    const { client } = await stage.tenant();
    clients.add(client);
    const { sample } = await client.getEventType({ params: { provider, type } });
    const { id } = await client.createWebhook({ body: { provider, events: [type], url } });
    const events = Array.from({ length: 1000 }, () => ({ provider, type, data: sample }));
    await client.publishBatch({ body: { events } });
    // Beside what it holds in memory, more waits than one step looks at.
    const job = await client.discardBacklog({ params: { id } });
    const [delivery] = await deliveriesOf(client, id);
    const problem = await problemOf(client.replayDelivery({ params: { id: delivery?.id ?? '' } }));
    expect(problem.detail).toBe(
      `The backlog of the webhook is being discarded. Wait until it completes (GET /v1/jobs/${job.id}), or cancel it (POST /v1/jobs/${job.id}/cancel).`,
    );
    const { status, affected } = await reaching(client, job, ended);
    expect(status).toBe('completed');
    // What does not fit into memory goes back to the store bit by bit.
    expect(affected).toBeGreaterThan(0);
    expect(affected).toBeLessThanOrEqual(800);
    expect(await client.getBacklog({ params: { id } })).toMatchObject({ deliveries: 1000 - affected });
  });
});

describe('POST /v1/webhooks/{id}/recover', () => {
  test('the period ends now unless it is said otherwise, and never later', async () => {
    const { client, params } = await held(0);
    const now = iso(clock.now());
    const period = { since: '2026-01-01T01:00:00+01:00' };
    const first = await client.recoverWebhook({ params, body: period });
    expect(first.selection).toMatchObject({
      since: iso(Date.parse(period.since)),
      until: now,
      outcomes: ['exhausted'],
    });
    const until = iso(clock.now() + 1000);
    const second = await client.recoverWebhook({ params, body: { ...period, until, outcomes: ['delivered'] } });
    expect(second.selection).toMatchObject({ until: now, outcomes: ['delivered'] });
    const earlier = '2026-01-02T00:00:00.000Z';
    const third = await client.recoverWebhook({ params, body: { ...period, until: earlier } });
    expect(third.selection.until).toBe(earlier);
  });

  test.each([
    ['no since', {}, 'since', 'must be a time such as'],
    ['a since that is no time', { since: 'yesterday' }, 'since', 'must be a time such as'],
    ['a since in the future', { since: '2999-01-01T00:00:00Z' }, 'since', 'must not be in the future'],
    ['a since before the year 0', { since: '0000-01-01T00:00:00+14:00' }, 'since', 'must be in the years'],
    ['an end before the beginning', { since, until: '2020-01-01T00:00:00Z' }, 'until', 'must not be before since'],
    ['no outcome', { since, outcomes: [] }, 'outcomes', ''],
    ['an outcome twice', { since, outcomes: ['exhausted', 'exhausted'] }, 'outcomes', 'must not list an outcome twice'],
    ['an outcome that is none', { since, outcomes: ['pending'] }, 'outcomes.0', 'Invalid'],
  ])('%s: 422 that names the field', async (_, body, field, message) => {
    const tenant = await stage.tenant();
    const { id } = await held(0, tenant.client);
    const path = `/v1/webhooks/${id}/recover`;
    const problem = await stage.refusal({ method: 'POST', path, key: tenant.apiKey, body: JSON.stringify(body) });
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringContaining(message) });
    expect((await tenant.client.listJobs()).data).toEqual([]);
  });
});

describe('POST /v1/deliveries/replay', () => {
  test('named deliveries are sent again; those of a paused webhook are held', async () => {
    const { client, id, params } = await discarded(3);
    const [newest, middle] = await deliveriesOf(client, id);
    const ids = [newest?.id ?? '', middle?.id ?? '', newest?.id ?? ''];
    const job = await client.replayDeliveries({ body: { ids } });
    expect(job).toMatchObject({ kind: 'replay', webhook_id: null, selection: { ids: ids.slice(0, 2).sort() } });
    expect(await reaching(client, job, ended)).toMatchObject({ examined: 2, affected: 2 });
    const statuses = (await deliveriesOf(client, id)).map(({ status }) => status);
    expect(statuses).toEqual(['held', 'held', 'discarded']);
    expect(await client.getBacklog({ params })).toMatchObject({ deliveries: 2 });
  });

  test('ids that are not of this organization: 422 that names each, and nothing happens', async () => {
    const own = await discarded(1);
    const foreign = await discarded(1);
    const [mine] = await deliveriesOf(own.client, own.id);
    const [theirs] = await deliveriesOf(foreign.client, foreign.id);
    const nobodys = 'dlv_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51';
    const ids = [theirs?.id ?? '', mine?.id ?? '', nobodys];
    const problem = await problemOf(own.client.replayDeliveries({ body: { ids } }));
    const message = 'is not a delivery of this organization';
    expect(fieldsOf(problem)).toEqual({ 'ids.0': message, 'ids.2': message });
    expect((await deliveriesOf(own.client, own.id))[0]).toMatchObject({ status: 'discarded' });
    expect((await deliveriesOf(foreign.client, foreign.id))[0]).toMatchObject({ status: 'discarded' });
  });

  test('a selection is across the webhooks of the organization, and no other', async () => {
    const one = await discarded(2);
    const two = await held(2, one.client);
    await reaching(one.client, await one.client.discardBacklog({ params: two.params }), ended);
    const foreign = await discarded(2);
    const body = { since, outcomes: ['discarded' as const], provider, event: type };
    const job = await reaching(one.client, await one.client.replayDeliveries({ body }), ended);
    // The first webhook got what was published for the second as well.
    expect(job).toMatchObject({ webhook_id: null, affected: 4 });
    expect(await one.client.getBacklog({ params: two.params })).toMatchObject({ deliveries: 2 });
    expect(await foreign.client.getBacklog({ params: foreign.params })).toMatchObject({ deliveries: 0 });
  });

  test.each([
    ['neither ids nor a period', {}, { since: 'is required unless ids is given' }],
    ['a period without its beginning', { until: since }, { since: 'is required unless ids is given' }],
    ['no ids', { ids: [] }, { ids: expect.any(String) }],
    ['an id of something else', { ids: ['evt_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51'] }, { 'ids.0': expect.any(String) }],
    [
      'ids and a selection',
      { ids: ['dlv_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51'], since },
      { ids: 'cannot be combined with other fields: give either ids or a selection' },
    ],
    [
      'more ids than a thousand',
      { ids: Array.from({ length: 1001 }, () => 'dlv_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51') },
      { ids: expect.any(String) },
    ],
    ['an unknown provider', { since, provider: 'acme' }, { provider: expect.stringContaining('use one of boltcall') }],
    [
      'an event type of another provider',
      { since, provider: 'boltly', event: 'new_lead' },
      { event: expect.stringContaining('use one of message.received') },
    ],
    ['an event type of none', { since, event: 'nothing' }, { event: expect.stringContaining('GET /v1/providers') }],
    [
      'a webhook of nobody',
      { since, webhook_id: 'wh_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51' },
      { webhook_id: 'is not a webhook of this organization' },
    ],
  ])('%s: 422 that names the field', async (_, body, fields) => {
    const { client, apiKey } = await stage.tenant();
    const request = { method: 'POST', path: '/v1/deliveries/replay', key: apiKey, body: JSON.stringify(body) };
    const problem = await stage.refusal(request);
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(fieldsOf(problem)).toEqual(fields);
    expect((await client.listJobs()).data).toEqual([]);
  });
});

describe('asking again', () => {
  test('while the job runs answers that job, and starts no other', async () => {
    const { client, params, job } = await running();
    clock.advance(1);
    expect(await client.discardBacklog({ params })).toMatchObject({ id: job.id });
    expect((await client.listJobs()).data).toHaveLength(1);
  });

  test('with the same Idempotency-Key answers the first job, also after it has ended', async () => {
    const { client, params } = await held(2);
    const headers = { 'idempotency-key': 'drop-1' };
    const job = await reaching(client, await client.discardBacklog({ params, headers }), ended);
    expect(await client.discardBacklog({ params, headers })).toEqual(job);
    const body = { since, outcomes: ['discarded' as const] };
    const first = await reaching(
      client,
      await client.recoverWebhook({ params, body, headers: { 'idempotency-key': 'recover-1' } }),
      ended,
    );
    clock.advance(60_000);
    const again = client.recoverWebhook({ params, body, headers: { 'idempotency-key': 'recover-1' } });
    expect(await again).toEqual(first);
    expect((await client.listJobs()).data).toHaveLength(2);
    expect((await client.recoverWebhook({ params, body })).id).not.toBe(first.id);
  });

  test('for something else with the same Idempotency-Key is refused, whichever of the two publishes', async () => {
    const { client, params } = await held(0);
    const headers = { 'idempotency-key': 'mine' };
    const body = { since };
    await client.recoverWebhook({ params, headers, body });
    const { sample: data } = await client.getEventType({ params: { provider, type } });
    const calls = [
      client.recoverWebhook({ params, headers, body: { since: iso(Date.parse(since) + 1) } }),
      client.replayDeliveries({ headers, body }),
      client.discardBacklog({ params, headers }),
      client.publishEvent({ headers, body: { provider, type, data } }),
    ];
    const problems = await Promise.all(calls.map(problemOf));
    for (const problem of problems) expect(problem).toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('for more jobs at a time than ten is refused: 409 that says where to see them', async () => {
    // Every request makes the first job take a step.
    const { client, params } = await discarded(11 * perStep + 100);
    for (let count = 0; count < 10; count += 1) {
      await client.recoverWebhook({ params, body: { since: iso(Date.parse(since) + count), outcomes: ['delivered'] } });
    }
    const problem = await problemOf(client.recoverWebhook({ params, body: { since: iso(Date.parse(since) + 10) } }));
    expect(problem).toMatchObject({ status: 409, code: 'conflict' });
    expect(problem.detail).toContain('Too many jobs are running (limit 10).');
    expect(problem.detail).toContain('GET /v1/jobs?status=running');
  });
});

describe('jobs', () => {
  test('a job is cancelled between two steps; what it did stays done, and again is fine', async () => {
    const { client, params, job } = await running();
    const half = await eventually(
      () => client.getJob({ params: { id: job.id } }),
      ({ examined }) => examined > 0,
    );
    expect(half).toMatchObject({ status: 'running', examined: perStep, affected: perStep, completed_at: null });
    const cancelled = await client.cancelJob({ params: { id: job.id } });
    expect(cancelled).toEqual({ ...half, status: 'cancelled', completed_at: expect.any(String) });
    clock.advance(60_000);
    expect(await client.cancelJob({ params: { id: job.id } })).toEqual(cancelled);
    expect(await client.getBacklog({ params })).toMatchObject({ deliveries: 100 });
    expect(await client.resumeWebhook({ params })).toMatchObject({ status: 'active' });
  });

  test('are listed newest first, page by page, by status and by webhook', async () => {
    const { client, params, job } = await running();
    const other = await held(0, client);
    await client.cancelJob({ params: { id: job.id } });
    const second = await reaching(client, await client.discardBacklog({ params: other.params }), ended);
    const third = await client.discardBacklog({ params });
    const ids = async (query: { status?: Job['status']; webhook_id?: string }) =>
      (await client.listJobs({ query })).data.map(({ id }) => id);
    expect(await ids({})).toEqual([third.id, second.id, job.id]);
    expect(await ids({ status: 'cancelled' })).toEqual([job.id]);
    expect(await ids({ webhook_id: other.id })).toEqual([second.id]);
    const paged = await everything((query) => client.listJobs({ query }), 1);
    expect(paged.map(({ id }) => id)).toEqual([third.id, second.id, job.id]);
  });

  test("end with one line in the server's log, and none in the customer's data", async () => {
    const { client, id, params } = await held(2);
    const job = await reaching(client, await client.discardBacklog({ params }), ended);
    const lines = stage.server.log.filter((line) => line.job_id === job.id);
    expect(lines).toMatchObject([{ msg: 'job', kind: 'discard', webhook_id: id, examined: 2, affected: 2 }]);
  });
});
