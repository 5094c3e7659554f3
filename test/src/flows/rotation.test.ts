import type { FormatId, SignatureScheme } from '@bellhop/shared';
import { builtInProviders, verify, wireFormat } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/eventually.ts';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Received } from '../harness/receiver.ts';
import { FlowStage } from './support.ts';

const clock = new ManualClock();
const stage = new FlowStage({ clock });
const hour = 3600 * 1000;

function schemeOf(providerId: string, format: FormatId): SignatureScheme {
  const provider = builtInProviders.find(({ id }) => id === providerId);
  const scheme = provider && wireFormat(provider, format).signature;
  if (!scheme) throw new Error(`${providerId} does not sign in the ${format} format.`);
  return scheme;
}

/** A webhook whose receiver answers 401 to what it cannot verify with the secrets it knows. */
async function rotation(provider: string, format: FormatId) {
  const scheme = schemeOf(provider, format);
  let known: readonly string[] = [];
  const accepts = (request: Received, secret: readonly string[]) =>
    verify(scheme, request, { secret, now: Math.floor(clock.now() / 1000) }).ok;
  const subject = await stage.webhook(provider, {
    body: { format, retry: { schedule: [] } },
    answer: (request) => ({ status: accepts(request, known) ? 200 : 401 }),
  });
  const { client } = subject.tenant;
  const params = { id: subject.webhook.id };

  /** Whether an event published now arrives at a receiver that knows these secrets. */
  async function arrives(...secrets: string[]): Promise<boolean> {
    known = secrets;
    const before = (await subject.attempts()).length;
    await subject.publish();
    const [attempt] = await subject.recorded(before + 1);
    return attempt?.outcome === 'delivered';
  }

  return {
    subject,
    original: String(subject.webhook.signing_secret),
    accepts,
    /** At a receiver that knows the old secret alone, the new one alone, and both. */
    arrivesWith: async (old: string, fresh: string) => ({
      old: await arrives(old),
      new: await arrives(fresh),
      both: await arrives(old, fresh),
    }),
    rotate: async (overlap_hours?: number) => {
      const body = overlap_hours === undefined ? {} : { overlap_hours };
      return (await client.rotateWebhookSecret({ params, body })).signing_secret;
    },
    state: () => client.getWebhook({ params }),
  };
}

describe('the standard format, whose requests carry several signatures', () => {
  test('for a day both secrets are good; then the old one is not', async () => {
    const { original, arrivesWith, rotate, state } = await rotation('salpre', 'standard');
    expect(await arrivesWith(original, 'whsec_unknown')).toEqual({ old: true, new: false, both: true });
    const fresh = await rotate();
    const { updated_at } = await state();
    expect(await arrivesWith(original, fresh)).toEqual({ old: true, new: true, both: true });
    clock.advance(24 * hour - 1);
    expect(await arrivesWith(original, fresh)).toEqual({ old: true, new: true, both: true });
    clock.advance(1);
    expect(await arrivesWith(original, fresh)).toEqual({ old: false, new: true, both: true });
    expect((await state()).updated_at).toBe(updated_at);
  });

  test('rotated twice, a receiver that slept through both is still served', async () => {
    const { original, arrivesWith, rotate } = await rotation('boltcall', 'standard');
    const second = await rotate();
    clock.advance(hour);
    const third = await rotate();
    expect(await arrivesWith(original, third)).toEqual({ old: true, new: true, both: true });
    clock.advance(23 * hour);
    expect(await arrivesWith(original, third)).toEqual({ old: false, new: true, both: true });
    expect(await arrivesWith(second, third)).toEqual({ old: true, new: true, both: true });
  });

  test('without an overlap, after a leak, the old secret is worth nothing at once', async () => {
    const { original, arrivesWith, rotate } = await rotation('boltly', 'standard');
    const fresh = await rotate(0);
    expect(await arrivesWith(original, fresh)).toEqual({ old: false, new: true, both: true });
  });
});

describe.each(['boltcall', 'boltly'])('%s, whose requests carry one signature', (provider) => {
  test('the new secret signs from the first request after the answer', async () => {
    const { original, arrivesWith, rotate } = await rotation(provider, 'provider');
    expect(await arrivesWith(original, 'unknown-to-anybody')).toEqual({ old: true, new: false, both: true });
    const fresh = await rotate();
    expect(await arrivesWith(original, fresh)).toEqual({ old: false, new: true, both: true });
  });

  test('with an overlap the old one signs until it ends: a receiver that got to know the new one misses nothing', async () => {
    const { original, arrivesWith, rotate, state } = await rotation(provider, 'provider');
    const fresh = await rotate(48);
    const { updated_at } = await state();
    expect(await arrivesWith(original, fresh)).toEqual({ old: true, new: false, both: true });
    clock.advance(48 * hour - 1);
    expect(await arrivesWith(original, fresh)).toEqual({ old: true, new: false, both: true });
    clock.advance(1);
    expect(await arrivesWith(original, fresh)).toEqual({ old: false, new: true, both: true });
    expect((await state()).updated_at).toBe(updated_at);
  });

  test('an overlap is ended by rotating without one', async () => {
    const { original, arrivesWith, rotate } = await rotation(provider, 'provider');
    const second = await rotate(48);
    const third = await rotate(0);
    expect(await arrivesWith(original, third)).toEqual({ old: false, new: true, both: true });
    expect(await arrivesWith(second, third)).toEqual({ old: false, new: true, both: true });
  });

  test('what was held while the secret was rotated is signed with the new one', async () => {
    const { subject, accepts, original, rotate } = await rotation(provider, 'provider');
    await subject.publish();
    await subject.recorded(1);
    await subject.pause();
    await subject.publishMany(20);
    const fresh = await rotate();
    await subject.resume();
    const [first, ...rest] = await subject.receiver.atLeast(21);
    expect(first && accepts(first, [original])).toBe(true);
    expect(rest.map((request) => accepts(request, [fresh]))).toEqual(Array(20).fill(true));
  });
});

test('what waits behind requests on the wire is signed with the new secret', async () => {
  const scheme = schemeOf('boltcall', 'provider');
  let answer = () => {};
  const rotated = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const subject = await stage.webhook('boltcall', {
    answer: async () => {
      await rotated;
      return {};
    },
  });
  await subject.publishMany(30);
  await eventually(
    async () => subject.receiver.received.length,
    (count) => count === 2,
  );
  const params = { id: subject.webhook.id };
  const { signing_secret } = await subject.tenant.client.rotateWebhookSecret({ params });
  answer();
  const received = await subject.receiver.atLeast(30);
  const signedWithNew = received.map((request) => verify(scheme, request, { secret: signing_secret }).ok);
  expect(signedWithNew).toEqual([...Array(2).fill(false), ...Array(28).fill(true)]);
});

test('a retry is signed by the time it is made, not by that of the first attempt', async () => {
  const scheme = schemeOf('inboundflow', 'provider');
  const subject = await stage.webhook('inboundflow', {
    body: { signing_secret: 'the-old-secret-of-ours', retry: { schedule: [2 * 3600] } },
    answer: (_, index) => ({ status: index === 0 ? 500 : 200 }),
  });
  const params = { id: subject.webhook.id };
  const body = { signing_secret: 'the-new-secret-of-ours', overlap_hours: 1 };
  await subject.tenant.client.rotateWebhookSecret({ params, body });
  await subject.publish();
  await subject.recorded(1);
  const signers = (request: Received) =>
    ['the-old-secret-of-ours', 'the-new-secret-of-ours'].filter(
      (secret) => verify(scheme, request, { secret, now: Number(request.headers['x-inboundflow-timestamp']) }).ok,
    );
  clock.advance(3 * hour);
  await subject.receiver.atLeast(2);
  expect(subject.receiver.received.map(signers)).toEqual([['the-old-secret-of-ours'], ['the-new-secret-of-ours']]);
});
