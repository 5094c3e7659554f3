import { randomBytes } from 'node:crypto';
import type { FormatId } from '@bellhop/shared';
import { builtInProviders } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import type { Tenant } from '../harness/bellhop.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { WebhookBody } from './support.ts';
import { ApiStage, everything, fieldsOf, problemOf } from './support.ts';

/** A clock that a test moves, so that the end of an overlap is not a matter of luck. */
const clock = new ManualClock();
const stage = new ApiStage({ clock });
const hour = 3600 * 1000;

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const inHours = (hours: number) => new Date(clock.now() + hours * hour).toISOString();

interface Subject extends Tenant {
  readonly params: { readonly id: string };
  readonly secret: string | null;
  rotate(body?: {
    signing_secret?: string;
    overlap_hours?: number;
  }): ReturnType<Tenant['client']['rotateWebhookSecret']>;
  secrets(): ReturnType<Tenant['client']['getWebhookSecret']>;
}

async function webhook(provider: string, body: Partial<WebhookBody> = {}): Promise<Subject> {
  const tenant = await stage.tenant();
  const [type = ''] = Object.keys(builtInProviders.find(({ id }) => id === provider)?.events ?? {});
  const created = await tenant.client.createWebhook({
    body: { provider, events: [type], url: 'https://hooks.example.com/in', ...body },
  });
  const params = { id: created.id };
  return {
    ...tenant,
    params,
    secret: created.signing_secret,
    rotate: (given) => tenant.client.rotateWebhookSecret({ params, ...(given ? { body: given } : {}) }),
    secrets: () => tenant.client.getWebhookSecret({ params }),
  };
}

const signed: [string, FormatId][] = [
  ['boltcall', 'provider'],
  ['boltly', 'provider'],
  ...builtInProviders.map(({ id }): [string, FormatId] => [id, 'standard']),
];

describe('POST /v1/webhooks/{id}/rotate-secret', () => {
  test.each(signed)('%s, %s format: a new secret, with the overlap that suits the format', async (provider, format) => {
    const subject = await webhook(provider, { format });
    const answer = await subject.rotate();
    expect(answer.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(answer.signing_secret).not.toBe(subject.secret);
    const standard = format === 'standard';
    expect(answer).toMatchObject({
      previous: standard ? [{ signing_secret: subject.secret, valid_until: inHours(24) }] : [],
      signed_with: standard ? 'both' : 'new',
    });
    expect(await subject.secrets()).toEqual(answer);
  });

  test('where one secret signs, the old one does so until the overlap ends', async () => {
    const subject = await webhook('boltcall');
    const signing_secret = 'the-new-secret-of-ours';
    const answer = await subject.rotate({ signing_secret, overlap_hours: 0.5 });
    expect(answer).toEqual({
      signing_secret,
      previous: [{ signing_secret: subject.secret, valid_until: inHours(0.5) }],
      signed_with: 'previous',
    });
    clock.advance(0.5 * hour - 1);
    expect(await subject.secrets()).toEqual(answer);
    const before = await subject.client.getWebhook({ params: subject.params });
    clock.advance(1);
    expect(await subject.secrets()).toEqual({ signing_secret, previous: [], signed_with: 'new' });
    expect(await subject.client.getWebhook({ params: subject.params })).toEqual(before);
  });

  test('an empty body is as none', async () => {
    const subject = await webhook('boltcall');
    expect(await subject.rotate({})).toMatchObject({ previous: [], signed_with: 'new' });
  });

  test('an optional secret that was not set is set', async () => {
    const subject = await webhook('inboundflow');
    expect(await subject.secrets()).toEqual({ signing_secret: null, previous: [], signed_with: null });
    const answer = await subject.rotate({ overlap_hours: 24 });
    expect(answer).toEqual({ signing_secret: expect.stringMatching(/^whsec_/), previous: [], signed_with: 'new' });
    expect(await subject.client.getWebhook({ params: subject.params })).toMatchObject({ has_signing_secret: true });
  });

  test('sent again with the same secret changes nothing', async () => {
    const subject = await webhook('bolten', { format: 'standard' });
    const body = { signing_secret: newSecret(), overlap_hours: 12 };
    const answer = await subject.rotate(body);
    clock.advance(hour);
    expect(await subject.rotate(body)).toEqual(answer);
  });

  test('again without an overlap ends the overlap that there is', async () => {
    const subject = await webhook('boltcall');
    const { signing_secret } = await subject.rotate({ overlap_hours: 24 });
    const ended = { signing_secret, previous: [], signed_with: 'new' };
    expect(await subject.rotate({ signing_secret, overlap_hours: 0 })).toEqual(ended);
  });

  test('several at once: each is answered with its own secret, and none gets lost', async () => {
    const subject = await webhook('salpre', { format: 'standard' });
    const answers = await Promise.all(Array.from({ length: 4 }, () => subject.rotate()));
    const { signing_secret, previous } = await subject.secrets();
    const stored = [signing_secret, ...previous.map((each) => each.signing_secret)];
    expect(stored).toHaveLength(5);
    expect(stored.sort()).toEqual([subject.secret, ...answers.map((answer) => answer.signing_secret)].sort());
  });

  test('at once with another change: both hold', async () => {
    const subject = await webhook('boltly');
    const { params, client } = subject;
    const [answer] = await Promise.all([
      subject.rotate({ overlap_hours: 1 }),
      client.updateWebhook({ params, body: { name: 'Renamed' } }),
      client.pauseWebhook({ params }),
    ]);
    expect(await subject.secrets()).toEqual(answer);
    expect(await client.getWebhook({ params })).toMatchObject({ name: 'Renamed', status: 'paused' });
  });

  test('the secrets stand in no other answer and not in the log', async () => {
    const subject = await webhook('boltly');
    const { signing_secret, previous } = await subject.rotate({ overlap_hours: 1 });
    const { params, client } = subject;
    const shown = [await client.getWebhook({ params }), await everything((query) => client.listWebhooks({ query }))];
    for (const secret of [signing_secret, String(previous[0]?.signing_secret)]) {
      expect(secret).toMatch(/^whsec_/);
      expect(JSON.stringify([shown, stage.server.log])).not.toContain(secret);
    }
  });
});

describe('during an overlap', () => {
  test.each([
    ['boltcall', 'provider'],
    ['boltcall', 'standard'],
  ] as const)('a change of anything else keeps it: %s, %s format', async (provider, format) => {
    const subject = await webhook(provider, { format });
    const answer = await subject.rotate({ overlap_hours: 24 });
    const body = { name: 'Renamed', headers: { 'X-A': '1' }, url: 'https://hooks.example.com/moved' };
    await subject.client.updateWebhook({ params: subject.params, body });
    expect(answer.previous).toHaveLength(1);
    expect(await subject.secrets()).toEqual(answer);
  });

  test('a secret that is set with PATCH replaces all at once', async () => {
    const subject = await webhook('boltcall');
    await subject.rotate({ overlap_hours: 24 });
    const signing_secret = 'set-by-hand-and-at-once';
    await subject.client.updateWebhook({ params: subject.params, body: { signing_secret } });
    expect(await subject.secrets()).toEqual({ signing_secret, previous: [], signed_with: 'new' });
  });

  test('another format ends it: what verifies it is another thing', async () => {
    const subject = await webhook('boltcall', { format: 'standard' });
    const { signing_secret } = await subject.rotate();
    await subject.client.updateWebhook({ params: subject.params, body: { format: 'provider' } });
    expect(await subject.secrets()).toEqual({ signing_secret, previous: [], signed_with: 'new' });
  });

  test('subscribing again keeps it, unless the subscriber brings a secret', async () => {
    const { client } = await stage.tenant();
    const hook = { provider: 'boltly', event: 'message.read', target_url: 'https://hooks.example.com/in' };
    const params = { id: (await client.subscribeHook({ body: hook })).id };
    const answer = await client.rotateWebhookSecret({ params, body: { overlap_hours: 24 } });
    expect((await client.subscribeHook({ body: hook })).signing_secret).toBe(answer.signing_secret);
    expect(await client.getWebhookSecret({ params })).toEqual(answer);
    const signing_secret = 'a-secret-of-the-subscriber';
    await client.subscribeHook({ body: { ...hook, signing_secret } });
    expect(await client.getWebhookSecret({ params })).toEqual({ signing_secret, previous: [], signed_with: 'new' });
  });
});

describe('what cannot be rotated', () => {
  test.each(['bolten', 'salpre'])(
    '%s in its own format, which is not signed: 409 that says what to do',
    async (provider) => {
      const subject = await webhook(provider);
      for (const body of [undefined, { signing_secret: newSecret() }]) {
        const problem = await problemOf(subject.rotate(body));
        expect(problem).toMatchObject({ status: 409, code: 'conflict' });
        expect(problem.detail).toMatch(/requests are not signed.*the standard format/);
      }
      expect(await subject.secrets()).toEqual({ signing_secret: null, previous: [], signed_with: null });
    },
  );

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['signing_secret', { signing_secret: 'short' }, /24 to 64/],
    ['signing_secret', { signing_secret: 'no base64, but long enough' }, /"whsec_" followed by the base64/],
    ['signing_secret', { signing_secret: 'x'.repeat(32) }, /"whsec_" followed by the base64/],
    ['signing_secret', { signing_secret: null }, /./],
    ['overlap_hours', { overlap_hours: -1 }, />=0/],
    ['overlap_hours', { overlap_hours: 168.5 }, /<=168/],
    ['overlap_hours', { overlap_hours: '24' }, /number/],
    ['overlap', { overlap: 24 }, /not a field/],
  ])('a bad %s: 422, and the secret stays (%j)', async (field, body, says) => {
    const subject = await webhook('bolten', { format: 'standard' });
    const path = `/v1/webhooks/${subject.params.id}/rotate-secret`;
    const problem = await stage.refusal({ method: 'POST', path, key: subject.apiKey, body: JSON.stringify(body) });
    expect(problem).toMatchObject({ status: 422, code: 'invalid_input' });
    expect(fieldsOf(problem)).toEqual({ [field]: expect.stringMatching(says) });
    expect(await subject.secrets()).toMatchObject({ signing_secret: subject.secret, previous: [] });
  });
});
