import { z } from 'zod';
import { defineProvider } from '../define-provider.ts';
import type { JsonObject } from '../json.ts';
import type { PlatformId } from '../platforms.ts';
import { maskUrl } from '../platforms.ts';
import type { EventType, Provider, PublishedEvent } from '../provider.ts';
import { standardFormat } from '../standard-format.ts';
import { inboundflow } from './inboundflow.ts';
import { operationalId } from './operational-id.ts';

/*
 * Operational events: what Bellhop reports about webhooks and deliveries (docs/adr/0012-operational-events.md). Their
 * names are defined only here; the store creates them with the functions below.
 */

/** Consecutive failed attempts after which a webhook is reported as failing. */
export const failingAfterFailures = 5;

/** The status of a webhook that Bellhop itself has stopped. */
export type StoppedStatus = 'disabled' | 'paused' | 'gone';

/** What happened: an event type, and the data specific to it. */
export interface Happening {
  readonly type: string;
  readonly details: JsonObject;
}

/** The webhook it happened to, the attempt that caused it, and when. */
export interface HappenedTo {
  readonly webhook: {
    readonly id: string;
    readonly name: string | null;
    readonly provider: string;
    readonly platform: PlatformId;
    /** Unmasked; the event masks it, because a platform's URL is a credential. */
    readonly url: string;
    readonly events: readonly string[];
  };
  readonly attempt: {
    readonly id: string;
    readonly deliveryId: string;
    readonly eventId: string;
    readonly eventType: string;
    readonly test: boolean;
    readonly number: number;
    readonly statusCode: number | null;
    readonly error: string | null;
  };
  /** Unix milliseconds. */
  readonly at: number;
}

const types = {
  disabled: 'webhook.disabled',
  paused: 'webhook.paused',
  gone: 'webhook.gone',
  failing: 'webhook.failing',
  recovered: 'webhook.recovered',
  exhausted: 'delivery.exhausted',
} as const;

/** Bellhop stopped sending to a webhook. */
export function webhookStopped(status: StoppedStatus, reason: { code: string; message: string }): Happening {
  return { type: types[status], details: { status, reason: { code: reason.code, message: reason.message } } };
}

/** {@link failingAfterFailures} attempts in a row failed. */
export function webhookFailing(consecutiveFailures: number): Happening {
  return { type: types.failing, details: { consecutive_failures: consecutiveFailures } };
}

/** An attempt succeeded after this many consecutive failures. */
export function webhookRecovered(consecutiveFailures: number): Happening {
  return { type: types.recovered, details: { consecutive_failures: consecutiveFailures } };
}

/** A live delivery failed and is not retried. */
export function deliveryExhausted(attempts: number): Happening {
  return { type: types.exhausted, details: { attempts } };
}

export function operationalEvent({ type, details }: Happening, { webhook, attempt, at }: HappenedTo): PublishedEvent {
  const { id, name, provider, platform, url, events } = webhook;
  return {
    type,
    data: {
      webhook: { id, name, provider, platform, url: maskUrl(url), events: [...events] },
      ...details,
      attempt: {
        id: attempt.id,
        delivery_id: attempt.deliveryId,
        event_id: attempt.eventId,
        event: attempt.eventType,
        test: attempt.test,
        number: attempt.number,
        status_code: attempt.statusCode,
        error: attempt.error,
      },
      at: new Date(at).toISOString(),
    },
  };
}

const webhook = z
  .looseObject({
    id: z.string().meta({ title: 'Webhook ID' }),
    name: z.string().nullable().meta({ title: 'Webhook Name' }),
    provider: z.string().meta({ title: 'Provider' }),
    platform: z.string().meta({ title: 'Platform', description: 'What is behind its URL, such as zapier or custom.' }),
    url: z.string().meta({ title: 'URL', description: 'Masked: only the host is shown.' }),
    events: z.array(z.string()).meta({ title: 'Event Types', description: 'The event types it subscribes to.' }),
  })
  .meta({ title: 'Webhook' });

const attempt = z
  .looseObject({
    id: z.string().meta({ title: 'Attempt ID' }),
    delivery_id: z.string().meta({ title: 'Delivery ID' }),
    event_id: z.string().meta({ title: 'Event ID' }),
    event: z.string().meta({ title: 'Event Type' }),
    test: z.boolean().meta({ title: 'Test', description: 'True for a test, false for a live event.' }),
    number: z.int().meta({ title: 'Attempt Number', description: '1 for the first attempt of the delivery.' }),
    status_code: z.int().nullable().meta({ title: 'Status Code', description: 'Empty when there was no response.' }),
    error: z
      .string()
      .nullable()
      .meta({ title: 'Error', description: 'What went wrong, if the status code does not say it.' }),
  })
  .meta({ title: 'Attempt', description: 'The attempt that caused it.' });

const at = z.string().meta({ title: 'At', description: 'When it was recorded.', format: 'date-time' });

const stopped = z.looseObject({
  webhook,
  status: z.string().meta({ title: 'Status', description: 'disabled, paused or gone.' }),
  reason: z
    .looseObject({
      code: z.string().meta({ title: 'Reason Code' }),
      message: z.string().meta({ title: 'Reason', description: 'What happened and what to do.' }),
    })
    .meta({ title: 'Reason' }),
  attempt,
  at,
});

const streak = z.looseObject({
  webhook,
  consecutive_failures: z
    .int()
    .meta({ title: 'Consecutive Failures', description: 'Number of attempts in a row that failed.' }),
  attempt,
  at,
});

const exhausted = z.looseObject({
  webhook,
  attempts: z.int().meta({ title: 'Attempts', description: 'Total attempts of the delivery.' }),
  attempt,
  at,
});

const [sampleType = ''] = Object.keys(inboundflow.events);

const sampleSubject = {
  webhook: {
    id: 'wh_0199cc9e-5a10-7c1d-9b32-4a5b6c7d8e9f',
    name: 'Leads to the CRM',
    provider: inboundflow.id,
    platform: 'custom',
    url: 'https://crm.example.com/hooks/leads',
    events: [sampleType],
  },
  attempt: {
    id: 'att_0199cc9e-5a1e-7d60-8c43-8f7c6e5d4c32',
    deliveryId: 'dlv_0199cc9e-5a1d-7c4f-9a32-7e6b5d4c3b21',
    eventId: 'evt_0199cc9e-5a1c-7b3e-8f21-6d5a4c3b2a10',
    eventType: sampleType,
    test: false,
    number: 1,
    statusCode: 503,
    error: null,
  },
  at: Date.UTC(2026, 0, 15, 9, 30),
} as const satisfies HappenedTo;

function sampleOf(happening: Happening, platform: PlatformId, url: string, last: Partial<HappenedTo['attempt']>) {
  return operationalEvent(happening, {
    webhook: { ...sampleSubject.webhook, platform, url },
    attempt: { ...sampleSubject.attempt, ...last },
    at: sampleSubject.at,
  }).data;
}

const customUrl = sampleSubject.webhook.url;

const events: Readonly<Record<string, EventType>> = {
  [types.disabled]: {
    label: 'Webhook Disabled',
    noun: 'Webhook',
    description: 'Triggers when a webhook is disabled because too many attempts in a row failed.',
    schema: stopped,
    sample: sampleOf(
      webhookStopped('disabled', {
        code: 'consecutive_failures',
        message: 'Disabled after 10 failed attempts in a row. The last answer was 503 Service Unavailable.',
      }),
      'custom',
      customUrl,
      {},
    ),
  },
  [types.paused]: {
    label: 'Webhook Paused',
    noun: 'Webhook',
    description: 'Triggers when a webhook is paused because its platform answered that nobody listens.',
    schema: stopped,
    sample: sampleOf(
      webhookStopped('paused', {
        code: 'platform_gone',
        message:
          'n8n answered that this webhook is not registered: the workflow is inactive. Activate the workflow; Bellhop then continues by itself.',
      }),
      'n8n',
      'https://n8n.example.com/webhook/leads',
      { statusCode: 404 },
    ),
  },
  [types.gone]: {
    label: 'Webhook Gone',
    noun: 'Webhook',
    description: 'Triggers when a webhook ends because its platform removed it.',
    schema: stopped,
    sample: sampleOf(
      webhookStopped('gone', {
        code: 'platform_gone',
        message: 'Zapier answered 410 Gone: the Zap was turned off or deleted. Turn the Zap on to subscribe again.',
      }),
      'zapier',
      'https://hooks.zapier.com/hooks/standard/1/leads/',
      { statusCode: 410 },
    ),
  },
  [types.failing]: {
    label: 'Webhook Failing',
    noun: 'Webhook',
    description: `Triggers when ${failingAfterFailures} attempts in a row to send to a webhook have failed.`,
    schema: streak,
    sample: sampleOf(webhookFailing(failingAfterFailures), 'custom', customUrl, {}),
  },
  [types.recovered]: {
    label: 'Webhook Recovered',
    noun: 'Webhook',
    description: 'Triggers when an attempt succeeds on a webhook that was failing.',
    schema: streak,
    sample: sampleOf(webhookRecovered(7), 'custom', customUrl, { number: 2, statusCode: 200 }),
  },
  [types.exhausted]: {
    label: 'Delivery Exhausted',
    noun: 'Delivery',
    description: 'Triggers when a delivery has failed for good and is not tried again.',
    schema: exhausted,
    sample: sampleOf(deliveryExhausted(7), 'custom', customUrl, {
      number: 7,
      statusCode: null,
      error: 'crm.example.com refused the connection. Check that the receiver is running and that the port is right.',
    }),
  },
};

/**
 * Part of every server's catalogue. Its own format is the standard one, so a receiver needs only Standard Webhooks.
 */
export const operationalProvider: Provider = defineProvider({
  id: operationalId,
  name: 'Bellhop',
  description: 'Reports on your webhooks and deliveries: what fails, what was stopped and what recovered.',
  ...standardFormat,
  webhooks: { authentication: ['none', 'basic', 'api_key', 'bearer'], additionalHeaders: true },
  events,
});
