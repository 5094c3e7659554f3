import type { Client } from '@bellhop/shared';
import { builtInProviders, defineProvider, standardFormat, verify } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { hasty } from '../flows/hasty.ts';
import { TestBellhop } from '../harness/bellhop.ts';
import { Receiver } from '../harness/receiver.ts';
import { ApiStage, fieldsOf, problemOf } from './support.ts';

/** An operator's provider whose receivers have a second to answer, and a status to answer with. */
const prompt = defineProvider({ ...hasty, id: 'prompt', delivery: { timeoutMs: 1000, success: [202] } });

const stage = new ApiStage({ providers: [...builtInProviders, prompt] });

type Trial = Parameters<Client['tryWebhook']>[0]['body'];

const boltly = { provider: 'boltly', event: 'message.received' } as const;
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** What of an organization a trial could leave behind. */
async function leftBehind(client: Client): Promise<number> {
  const lists = [client.listWebhooks(), client.listEvents(), client.listWebhooks({ query: { status: 'gone' } })];
  return (await Promise.all<{ readonly data: readonly unknown[] }>(lists)).flatMap(({ data }) => data).length;
}

describe('POST /v1/webhooks/try', () => {
  test.each(builtInProviders.map(({ id, events }) => ({ id, events })))(
    '$id: the sample is sent as a test, and what came back is answered',
    async ({ id, events }) => {
      const { client } = await stage.tenant();
      const receiver = await stage.receiver({ status: 200, headers: { 'x-answer': 'yes' }, body: 'thanks' });
      const url = receiver.url(`/${id}`);
      for (const event of Object.keys(events)) {
        const preview = await client.previewWebhook({ body: { provider: id, event, url } });
        const { request, ...answer } = await client.tryWebhook({ body: { provider: id, event, url } });
        const received = receiver.received.at(-1);
        expect(answer).toEqual({
          duration_ms: expect.any(Number),
          status_code: 200,
          error: null,
          response: { headers: expect.objectContaining({ 'x-answer': 'yes' }), body: 'thanks', truncated: false },
          outcome: 'delivered',
        });
        expect(request).toMatchObject({ method: 'POST', url, body: received?.body });
        expect(Object.keys(request.headers)).toEqual(Object.keys(preview.headers));
        if (id === 'salpre') expect(received?.json).toMatchObject({ is_test: true });
      }
      expect(receiver.received.length).toBeGreaterThan(0);
      expect(await leftBehind(client)).toBe(0);
    },
  );

  test('it is signed by the secret that is given, and credentials are not shown', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const { request } = await client.tryWebhook({
      body: {
        ...boltly,
        url: receiver.url(),
        format: 'standard',
        authentication: { type: 'bearer', token: 'a-token' },
        headers: { 'X-Team': 's3cret' },
        signing_secret: secret,
      },
    });
    const { body, headers } = await receiver.request(0);
    expect(headers).toMatchObject({ authorization: 'Bearer a-token', 'x-team': 's3cret' });
    expect(request.headers).toMatchObject({ Authorization: '********', 'X-Team': '********' });
    const { signature } = standardFormat;
    expect(signature && verify(signature, { headers, body }, { secret }).ok).toBe(true);
  });

  test.each([
    { status: 500, outcome: 'failed', error: 'The receiver answered 500 Internal Server Error.' },
    { status: 429, outcome: 'throttled', error: 'The receiver asked for fewer requests.' },
    { status: 302, outcome: 'failed', error: expect.stringContaining('Redirects are not followed.') },
  ])('a receiver that answers $status: $outcome', async ({ status, outcome, error }) => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver({ status, body: 'no' });
    const answer = await client.tryWebhook({ body: { ...boltly, url: receiver.url() } });
    expect(answer).toMatchObject({ status_code: status, outcome, error, response: { body: 'no' } });
    expect(receiver.received).toHaveLength(1);
  });

  test('what counts as success, and how long a receiver has, is as its provider says', async () => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver((_, index) => (index === 0 ? { status: 200 } : 'hang'));
    const body = { provider: 'prompt', event: 'happened', url: receiver.url() };
    expect(await client.tryWebhook({ body })).toMatchObject({ status_code: 200, outcome: 'failed' });
    const late = await client.tryWebhook({ body });
    expect(late).toMatchObject({ status_code: null, outcome: 'failed', response: null });
    expect(late.error).toContain('did not answer within 1 s');
    expect(late.duration_ms).toBeGreaterThanOrEqual(900);
  });

  test('nobody there: a clear error', async () => {
    const { client } = await stage.tenant();
    const receiver = await Receiver.start();
    const url = receiver.url();
    await receiver.stop();
    const answer = await client.tryWebhook({ body: { ...boltly, url } });
    expect(answer).toMatchObject({ outcome: 'failed', status_code: null, response: null });
    expect(answer.error).toMatch(/refused/);
  });

  test.each<[string, Partial<Trial>, string, RegExp]>([
    [
      'an address inside of a network',
      { url: 'http://169.254.169.254/latest' },
      'url',
      /Deliveries are not allowed there/,
    ],
    ['no URL', { url: 'nonsense' }, 'url', /This is not a URL/],
    ['an unknown provider', { provider: 'acme' }, 'provider', /boltly/],
    ['an unknown event type', { event: 'message.lost' }, 'event', /message\.received/],
    ['a header of ours', { headers: { 'Content-Type': 'text/plain' } }, 'headers.Content-Type', /./],
    ['a secret that does not fit', { format: 'standard', signing_secret: 'short' }, 'signing_secret', /24 to 64/],
  ])('%s is refused at its field, and nothing is sent', async (_, wrong, field, message) => {
    const { client } = await stage.tenant();
    const receiver = await stage.receiver();
    const body: Trial = { ...boltly, url: receiver.url(), ...wrong };
    const problem = await problemOf(client.tryWebhook({ body }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringMatching(message) });
    expect(receiver.received).toHaveLength(0);
  });

  test('the log has a line for it that names nothing which nobody can find', async () => {
    const { client, organizationId } = await stage.tenant();
    const receiver = await stage.receiver({ status: 204 });
    await client.tryWebhook({ body: { ...boltly, url: receiver.url('/secret-path') } });
    const line = stage.server.log.find((each) => each.organization_id === organizationId);
    expect(line).toMatchObject({ msg: 'trial', provider: 'boltly', outcome: 'delivered', status_code: 204 });
    expect(Object.keys(line ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/attempt_id|webhook_id/)]),
    );
    expect(JSON.stringify(line)).not.toContain('secret-path');
  });

  test('an organization has ten at a time; another one goes on beside it', async () => {
    const [{ client }, { client: other }] = [await stage.tenant(), await stage.tenant()];
    const slow = await stage.receiver(() => 'hang');
    const receiver = await stage.receiver();
    const hanging = Array.from({ length: 10 }, () => client.tryWebhook({ body: { ...boltly, url: slow.url() } }));
    await slow.atLeast(10);
    expect(await problemOf(client.tryWebhook({ body: { ...boltly, url: receiver.url() } }))).toMatchObject({
      status: 429,
      code: 'too_many_requests',
      detail: 'This organization has 10 tests under way. Wait for one to end.',
    });
    const tried = await other.tryWebhook({ body: { ...boltly, url: receiver.url() } });
    expect(tried.outcome).toBe('delivered');
    slow.answer({});
    await slow.stop();
    await Promise.all(hanging);
    await client.tryWebhook({ body: { ...boltly, url: receiver.url() } });
  });

  test('a server that stops meanwhile says so', async () => {
    const server = await TestBellhop.start({ config: { shutdownSeconds: 0 } });
    const receiver = await Receiver.start(() => 'hang');
    const { client } = await server.tenant();
    const refused = client.tryWebhook({ body: { ...boltly, url: receiver.url() } }).catch((error: unknown) => error);
    while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.stop();
    // The way to whoever asked is cut off at the same moment.
    expect(String(await refused)).toMatch(/fetch failed|The server is stopping/);
    await receiver.stop();
  });
});
