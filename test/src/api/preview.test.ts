import type { Authentication, FormatId, WireFormat } from '@bellhop/shared';
import { builtInProviders, verify, wireFormat } from '@bellhop/shared';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../harness/manual-clock.ts';
import type { Received } from '../harness/receiver.ts';
import { ApiStage, eventTypes } from './support.ts';

/** Time stands still, so a preview and the request that follows it differ in their ids alone. */
const clock = new ManualClock();
const stage = new ApiStage({ clock });

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const authentication: Authentication = { type: 'bearer', token: 'a-token' };
const headers = { 'X-Team': 'support', 'User-Agent': 'Acme/1' };

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What HTTP itself adds to a request. */
const ofTheConnection = new Set(['host', 'connection', 'content-length']);

/** A received request as a preview shows one: header names as they were on the wire, without what HTTP adds. */
function asSent({ rawHeaders, body }: Received): Sent {
  const pairs = rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 && !ofTheConnection.has(name.toLowerCase()) ? [[name, rawHeaders[index + 1] ?? '']] : [],
  );
  return { headers: Object.fromEntries(pairs), body };
}

/** The same with every UUID and the signature replaced: those alone may differ. */
function comparable({ headers: given, body }: Sent, { signature }: WireFormat): Sent {
  const text = JSON.stringify({
    headers: { ...given, ...(signature ? { [signature.header]: 'signature' } : {}) },
    body,
  });
  return JSON.parse(text.replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, 'uuid'));
}

/** What the customer sets, as far as the format lets them: a secret where it signs, a user agent where it has none. */
function customer(wire: WireFormat) {
  const { 'User-Agent': userAgent, ...others } = headers;
  const taken = builtInProviders.some((provider) => provider === wire && provider.id === 'inboundflow');
  return {
    headers: taken ? others : { ...others, 'User-Agent': userAgent },
    ...(wire.signature ? { signing_secret: secret } : {}),
  };
}

/** Whether a request carries the right signature, or none where none belongs. */
function isSigned(request: Sent, { signature }: WireFormat): boolean {
  if (!signature) return Object.keys(request.headers).every((name) => !/signature/i.test(name));
  return verify(signature, request, { secret, now: Math.floor(clock.now() / 1000) }).ok;
}

describe('POST /v1/webhooks/preview', () => {
  const cases = builtInProviders.flatMap((provider) => [
    { id: provider.id, format: 'provider' as FormatId, provider },
    { id: provider.id, format: 'standard' as FormatId, provider },
  ]);

  test.each(cases)('$id, $format format: shows what is then really sent', async ({ id, format, provider }) => {
    const { client } = await stage.tenant();
    const settings = { opportunity_fields: ['id', 'owner.name'], won_stages: ['Won'], lost_stages: ['Lost'] };
    if (provider.settings) await client.putProviderSettings({ params: { provider: id }, body: settings });
    const wire = wireFormat(provider, format);
    const webhook = { provider: id, format, authentication, ...customer(wire) };
    for (const [type, { sample }] of Object.entries(provider.events)) {
      const receiver = await stage.receiver();
      const url = receiver.url(`/${type}`);
      const preview = await client.previewWebhook({ body: { ...webhook, event: type, url } });
      await client.createWebhook({ body: { ...webhook, events: [type], url } });
      await client.publishEvent({ body: { provider: id, type, data: sample } });
      const sent = asSent(await receiver.request(0));
      expect(preview).toMatchObject({ method: 'POST', url });
      expect(Object.keys(preview.headers)).toEqual(Object.keys(sent.headers));
      expect(comparable(preview, wire)).toEqual(comparable(sent, wire));
      expect([isSigned(preview, wire), isSigned(sent, wire)]).toEqual([true, true]);
    }
  });

  test.each(eventTypes)(
    '$provider.id $type: needs no URL, and stores nothing',
    async ({ provider, type, eventType }) => {
      const { client } = await stage.tenant();
      const { url, body } = await client.previewWebhook({ body: { provider: provider.id, event: type } });
      expect(url).toBeNull();
      expect(Object.values(JSON.parse(body))).toContainEqual(eventType.sample);
      expect([(await client.listWebhooks()).data, (await client.listEvents()).data]).toEqual([[], []]);
    },
  );

  test('signs with a made-up secret where none is given, so that the header is seen', async () => {
    const { client } = await stage.tenant();
    const signature = async (provider: string, event: string) =>
      Object.keys((await client.previewWebhook({ body: { provider, event } })).headers).filter((name) =>
        /signature/i.test(name),
      );
    expect(await signature('boltcall', 'new_lead')).toEqual(['X-Boltcall-Signature']);
    expect(await signature('boltly', 'message.read')).toEqual(['X-Webhook-Signature']);
    expect(await signature('inboundflow', 'lead.created')).toEqual([]);
    expect(await signature('bolten', 'opportunity.created')).toEqual([]);
  });

  test('shows a live event, not a test', async () => {
    const { client } = await stage.tenant();
    const { events } = await client.getProvider({ params: { provider: 'salpre' } });
    const { body } = await client.previewWebhook({ body: { provider: 'salpre', event: events[0]?.type ?? '' } });
    expect(JSON.parse(body)).toMatchObject({ is_test: false });
  });
});
