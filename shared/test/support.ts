import type { OutgoingEvent, Provider, WireFormat } from '../src/index.ts';
import { sign } from '../src/index.ts';

export const sentAt = 1_760_084_700;

/** By default a live event with the provider's first sample. */
export function outgoing(provider: Provider, overrides: Partial<OutgoingEvent> = {}): OutgoingEvent {
  const [type = '', eventType] = Object.entries(provider.events)[0] ?? [];
  return {
    id: 'evt_0199cc9e-5a1c-7b3e-8f21-6d5a4c3b2a10',
    deliveryId: 'dlv_0199cc9e-5a1d-7c4f-9a32-7e6b5d4c3b21',
    organizationId: 'org_0199cc9e-0001-7d50-8b43-8f7c6e5d4c32',
    provider: provider.id,
    type,
    occurredAt: new Date('2025-10-10T08:21:45.678Z'),
    data: eventType?.sample ?? {},
    test: false,
    ...overrides,
  };
}

/** A provider's event types, for tests that loop over them. */
export function eventTypesOf(providers: readonly Provider[]) {
  return providers.flatMap((provider) =>
    Object.entries(provider.events).map(([type, eventType]) => ({
      provider,
      type,
      eventType,
      name: `${provider.id} ${type}`,
    })),
  );
}

/** The headers and body of a request, signed if the format is signed and a secret is given. */
export function request(format: WireFormat, event: OutgoingEvent, secret?: string) {
  const body = JSON.stringify(format.envelope(event));
  const headers: Record<string, string> = { ...format.headers?.(event, sentAt) };
  if (format.signature && secret) {
    headers[format.signature.header] = sign(format.signature, { body, id: event.id, timestamp: sentAt }, [secret]);
  }
  return { headers, body };
}
