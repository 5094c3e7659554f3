import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ApiError, createClient } from '../src/index.ts';

const baseUrl = 'https://bellhop.example.com';
const client = createClient({ baseUrl, apiKey: 'sk_live_abc' });
const id = 'wh_0190a5d2-7c1e-7b3a-9f00-3d6b8e2a4c51';

beforeAll(() => {
  if (!nock.isActive()) nock.activate();
  nock.disableNetConnect();
});
afterEach(() => nock.cleanAll());
// nock changes the process, which other test files share.
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('a request', () => {
  test('carries the key, the parameters and the query', async () => {
    const page = { data: [], next_cursor: null };
    const scope = nock(baseUrl, { reqheaders: { authorization: 'Bearer sk_live_abc' } })
      .get(`/v1/webhooks/${id}/attempts`)
      .query({ limit: '5' })
      .reply(200, page);
    expect(await client.listAttempts({ params: { id }, query: { limit: 5 } })).toEqual(page);
    scope.done();
  });

  test('sends its body as JSON, and headers', async () => {
    const body = { provider: 'p', type: 't', data: { a: 1 } };
    const scope = nock(baseUrl, { reqheaders: { 'content-type': 'application/json', 'idempotency-key': 'k' } })
      .post('/v1/events', body)
      .reply(202, { id: 'evt_1', derived: [] });
    await client.publishEvent({ body, headers: { 'idempotency-key': 'k' } });
    scope.done();
  });

  test.each(['https://bellhop.example.com/hooks', 'https://bellhop.example.com/hooks/'])(
    'goes below the path of %s, where a proxy serves the API there',
    async (below) => {
      const scope = nock(baseUrl).get('/hooks/v1/providers').reply(200, { data: [] });
      await createClient({ baseUrl: below, apiKey: 'sk_live_abc' }).listProviders();
      scope.done();
    },
  );

  test('resolves with undefined for 204', async () => {
    nock(baseUrl).delete(`/v1/hooks/${id}`).reply(204);
    expect(await client.unsubscribeHook({ params: { id } })).toBeUndefined();
  });
});

describe('an error response', () => {
  test('a problem document becomes an error that says what to change', async () => {
    const problem = {
      type: 'urn:bellhop:problem:invalid_input',
      title: 'The input is invalid',
      status: 422,
      code: 'invalid_input',
      detail: 'Correct url; see errors for what it should be.',
      errors: [{ field: 'url', message: 'must use https://' }],
    };
    nock(baseUrl).post('/v1/webhooks').reply(422, problem);
    const failed = client.createWebhook({ body: { provider: 'p', events: ['e'], url: 'http://x' } });
    await expect(failed).rejects.toMatchObject({ status: 422, problem });
    await expect(failed).rejects.toThrow(/url: must use https/);
  });

  test.each([
    ['a page of another site', 200, '<!doctype html><title>Hello</title>'],
    ['an error page of a proxy', 502, '<h1>Bad Gateway</h1>'],
    ['JSON that is no problem document', 500, '{"message":"oops"}'],
  ])('%s is distinguished from a Bellhop server', async (_, status, body) => {
    nock(baseUrl).get('/v1/me').reply(status, body);
    const error = await client.getMe().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, problem: undefined });
    expect(String(error)).toContain('not a Bellhop problem document');
  });
});
