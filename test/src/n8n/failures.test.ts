import { askIfThere } from '@bellhop/shared/connector';
import { accountOf, ask, connect } from 'n8n-nodes-bellhop/lib/server.ts';
import { NodeApiError } from 'n8n-workflow';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { n8nContext } from './context.ts';

/* The messages in n8n when a call of the server fails. */

const apiKey = 'sk_live_never_to_be_shown_0123456789';
const { load: context } = n8nContext({ apiKey });
const request = { method: 'GET', path: '/v1/providers' } as const;
const server = () => nock('http://bellhop.test').get('/v1/providers');

beforeAll(() => {
  if (!nock.isActive()) nock.activate();
});
afterEach(() => nock.cleanAll());
// What nock changes belongs to the process, which goes on to other test files.
afterAll(() => nock.restore());

async function failure(asking: Promise<unknown> = ask(context, request)): Promise<NodeApiError> {
  const error = await asking.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NodeApiError);
  // n8n stores errors with the execution and shows them whole.
  expect(JSON.stringify(error)).not.toContain(apiKey);
  return error as NodeApiError;
}

const problem = (status: number, more: object = {}) => ({
  type: 'about:blank',
  title: 'Title',
  status,
  code: 'some_code',
  detail: 'What happened.',
  ...more,
});

describe('an answer of the server', () => {
  test.each([
    [401, problem(401), 'bellhop.test does not know this API key', /Copy the whole key/],
    [403, problem(403), 'The API key is not allowed to do this', /^What happened\. .*webhooks:write/],
    [409, problem(409), 'What happened.', /answered 409/],
    [404, problem(404), 'What happened.', /answered 404/],
    [503, problem(503), 'bellhop.test answered 503', /^What happened\. Try again in a few minutes\.$/],
    [502, '<html>', 'bellhop.test answered 502', /^Try again in a few minutes\.$/],
    [404, '<html>', 'bellhop.test does not answer like a Bellhop server', /^It answered 404\. Check the Base URL/],
    [200, '<html>', 'bellhop.test does not answer like a Bellhop server', /^It answered 200\. Check the Base URL/],
  ])('%i %j', async (status, body, message, description) => {
    server().reply(status, body);
    const error = await failure();
    expect(error).toMatchObject({ message, httpCode: String(status) });
    expect(error.description).toMatch(description);
  });

  test('that names fields names them as the node does', async () => {
    const errors = [
      { field: 'events.1', message: 'is unknown' },
      { field: 'filter', message: 'expected a value' },
    ];
    server().reply(422, problem(422, { errors }));
    const { message } = await failure();
    expect(message).toBe('The event type is unknown. The filter is invalid: expected a value');
  });

  test("that refuses n8n's own address says which setting of n8n's to change", async () => {
    const errors = [{ field: 'target_url', message: 'must be https' }];
    server().reply(422, problem(422, { errors }));
    const error = await failure();
    expect(error.message).toBe("The webhook's address must be https");
    expect(error.description).toMatch(/N8N_WEBHOOK_URL/);
  });

  test('that redirects is not followed, and says where to', async () => {
    server().reply(301, '', { location: 'https://elsewhere.example/v1/providers' });
    const error = await failure();
    expect(error.message).toBe('bellhop.test redirects to another address');
    expect(error.description).toContain(
      'Enter https://elsewhere.example as the Base URL in the Bellhop credential instead.',
    );
  });
});

describe('no answer', () => {
  test.each([
    ['ENOTFOUND', 'bellhop.test is unknown: no server has this name'],
    ['ECONNREFUSED', 'bellhop.test cannot be reached'],
    ['ETIMEDOUT', 'bellhop.test did not answer in time'],
    ['CERT_HAS_EXPIRED', 'bellhop.test has no valid TLS certificate'],
  ])('%s', async (code, message) => {
    server().replyWithError(Object.assign(new Error(`${code} with ${apiKey}`), { code }));
    const error = await failure();
    expect(error.message).toBe(message);
    expect(error.description).toContain(code);
  });

  test.each(['bellhop.example.com', 'bellhop.example.com:8080', ''])('because the Base URL is %j', async (baseUrl) => {
    const { load } = n8nContext({ apiKey, baseUrl });
    expect((await failure(ask(load, request))).message).toBe(
      'The Base URL in the Bellhop credential is not an address',
    );
  });
});

describe('what is not there', () => {
  test('is nothing, when the server itself says so', async () => {
    server().reply(404, problem(404));
    expect(await askIfThere(await connect(context), request)).toBeUndefined();
  });

  test('is a failure, when something else stands at the address: nothing is known of the webhook then', async () => {
    server().reply(404, '<html>');
    expect((await failure(askIfThere(await connect(context), request))).message).toBe(
      'bellhop.test does not answer like a Bellhop server',
    );
  });
});

test('the address is taken with spaces around it and slashes behind it', async () => {
  const { load } = n8nContext({ baseUrl: ' http://bellhop.test// ' });
  expect(await accountOf(load)).toMatchObject({ baseUrl: 'http://bellhop.test' });
});
