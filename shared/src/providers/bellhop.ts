import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import type { PlatformId } from '../platforms.ts';
import { maskUrl } from '../platforms.ts';
import type { EventType, Provider, PublishedEvent } from '../provider.ts';
import { defineProvider } from '../provider.ts';
import { standardFormat } from '../standard-format.ts';
import { inboundflow } from './inboundflow.ts';
import { operationalId } from './operational-id.ts';

/*
 * Operational events: what Bellhop itself reports of webhooks and deliveries (docs/adr/0012-operational-events.md). Their
 * names stand in this file alone; the store makes them with the functions below.
 */

/** Failed attempts in a row after which a webhook is reported as failing. */
export const failingAfterFailures = 5;

/** What Bellhop itself does to a webhook that it stops sending to. */
export type StoppedStatus = 'disabled' | 'paused' | 'gone';

/** What happened, without whom it befell: an event type and the part of its data that no other one has. */
export interface Happening {
  readonly type: string;
  readonly details: JsonObject;
}

/** Whom it befell, through which attempt and when. */
export interface HappenedTo {
  readonly webhook: {
    readonly id: string;
    readonly name: string | null;
    readonly provider: string;
    readonly platform: PlatformId;
    /** In full; the event shows it masked, as a platform's URL is a credential. */
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

/** A webhook's {@link failingAfterFailures}th attempt in a row failed. */
export function webhookFailing(consecutiveFailures: number): Happening {
  return { type: types.failing, details: { consecutive_failures: consecutiveFailures } };
}

/** An attempt succeeded after so many in a row had failed. */
export function webhookRecovered(consecutiveFailures: number): Happening {
  return { type: types.recovered, details: { consecutive_failures: consecutiveFailures } };
}

/** A live delivery failed, and no further attempt is made by itself. */
export function deliveryExhausted(attempts: number): Happening {
  return { type: types.exhausted, details: { attempts } };
}

/** The event that reports a happening. */
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
    platform: z.string().meta({ title: 'Platform', description: 'What stands behind its URL, as zapier or custom.' }),
    url: z.string().meta({ title: 'URL', description: 'Masked: only its host is shown.' }),
    events: z.array(z.string()).meta({ title: 'Event Types', description: 'What it subscribes to.' }),
  })
  .meta({ title: 'Webhook' });

const attempt = z
  .looseObject({
    id: z.string().meta({ title: 'Attempt ID' }),
    delivery_id: z.string().meta({ title: 'Delivery ID' }),
    event_id: z.string().meta({ title: 'Event ID' }),
    event: z.string().meta({ title: 'Event Type' }),
    test: z.boolean().meta({ title: 'Test', description: 'Whether a person asked for it.' }),
    number: z.int().meta({ title: 'Attempt Number', description: '1 for the first attempt of the delivery.' }),
    status_code: z.int().nullable().meta({ title: 'Status Code', description: 'Empty when there was no answer.' }),
    error: z
      .string()
      .nullable()
      .meta({ title: 'Error', description: 'What went wrong, where the status code alone does not say it.' }),
  })
  .meta({ title: 'Attempt', description: 'The attempt that led to it.' });

const at = z.string().meta({ title: 'At', description: 'When it was recorded.', format: 'date-time' });

const stopped = z.looseObject({
  webhook,
  status: z.string().meta({ title: 'Status', description: 'disabled, paused or gone.' }),
  reason: z
    .looseObject({
      code: z.string().meta({ title: 'Reason Code' }),
      message: z.string().meta({ title: 'Reason', description: 'What happened and how to go on.' }),
    })
    .meta({ title: 'Reason' }),
  attempt,
  at,
});

const streak = z.looseObject({
  webhook,
  consecutive_failures: z
    .int()
    .meta({ title: 'Consecutive Failures', description: 'Attempts in a row that had failed.' }),
  attempt,
  at,
});

const exhausted = z.looseObject({
  webhook,
  attempts: z.int().meta({ title: 'Attempts', description: 'Made for the delivery in all.' }),
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
          'n8n answered that this webhook is not registered: the workflow is inactive. Activate it, then resume.',
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
 * Every server has it, whatever else is in its catalogue. Both formats are the neutral one, so whoever verifies Standard
 * Webhooks needs nothing else.
 */
export const operationalProvider: Provider = defineProvider({
  id: operationalId,
  name: 'Bellhop',
  description: 'Reports on your webhooks and deliveries: what fails, what was stopped and what recovered.',
  ...standardFormat,
  webhooks: { authentication: ['none', 'basic', 'api_key', 'bearer'], additionalHeaders: true },
  events,
});
