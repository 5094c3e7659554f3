import { createRequire } from 'node:module';
import type { JsonObject } from '@bellhop/shared';
import { bareId } from '@bellhop/shared';
import { Webhook } from 'standardwebhooks';
import type { Received } from '../harness/receiver.ts';

/*
 * The wire formats from the receiver's side, as their documents describe them: nothing here shares code with what the
 * server writes and signs by.
 */

/** An event as it was published: what every request for it must carry. */
export interface Published {
  readonly id: string;
  readonly organizationId: string;
  readonly provider: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly occurredAt: Date;
}

export interface DocumentedFormat {
  /** The key of the envelope that names the event type. */
  readonly typeKey: string;
  /** How a receiver verifies a request; `null` when the document knows no signature. */
  readonly signature: DocumentedSignature | null;
  /** The body as the document prints it, keys in its order. */
  readonly envelope: (published: Published, request: Received) => JsonObject;
  /** How many further events the document says that one with this data brings about. Default: none. */
  readonly derives?: (data: JsonObject) => number;
  /** Documented headers beside `Content-Type` and the signature, in lower case. */
  readonly headers?: (published: Published) => Readonly<Record<string, string | RegExp>>;
}

export interface DocumentedSignature {
  readonly header: string;
  /** False, or an error, when the request was not signed with the secret. */
  readonly verify: (request: Received, secret: string) => boolean;
}

type Verify<Parameters extends readonly unknown[]> = (...given: Parameters) => boolean;

/** The verification functions as the documents print them. */
const require = createRequire(import.meta.url);
const printed = {
  boltcall: require('../../../shared/test/documents/boltcall.cjs').verifyWebhookSignature as Verify<
    [string, unknown, string]
  >,
  boltly: require('../../../shared/test/documents/boltly.cjs').verifyWebhook as Verify<[string, unknown, string]>,
  inboundflow: require('../../../shared/test/documents/inboundflow.cjs').verifyWebhook as Verify<
    [JsonObject, unknown, unknown, string]
  >,
};

/** The settings that make a funnel's stages mean won and lost: "Prerequisite: your funnel needs to have a won status". */
export const boltenSettings = { won_stages: ['Won'], lost_stages: ['Lost'] };

/** The providers' own formats, by provider. */
const providerFormats: Readonly<Record<string, DocumentedFormat>> = {
  boltcall: {
    typeKey: 'event',
    signature: {
      header: 'X-Boltcall-Signature',
      verify: ({ body, headers }, secret) => printed.boltcall(body, headers['x-boltcall-signature'], secret),
    },
    envelope: ({ type, data, occurredAt }) => ({ event: type, timestamp: wholeSeconds(occurredAt), data }),
  },

  boltly: {
    typeKey: 'type',
    signature: {
      header: 'X-Webhook-Signature',
      verify: ({ body, headers }, secret) => printed.boltly(body, headers['x-webhook-signature'], secret),
    },
    envelope: ({ id, type, organizationId, data, occurredAt }) => ({
      id,
      type,
      organization_id: organizationId,
      created_at: wholeSeconds(occurredAt),
      data,
    }),
  },

  bolten: {
    typeKey: 'event',
    signature: null,
    envelope: ({ type, data, occurredAt }) => ({ event: type, timestamp: occurredAt.toISOString(), data }),
    // A move to the stage configured as won or lost: "in addition to this event, an opportunity.transitioned".
    derives({ opportunity }) {
      const stage = (opportunity as JsonObject).stage as string;
      return [...boltenSettings.won_stages, ...boltenSettings.lost_stages].includes(stage) ? 1 : 0;
    },
  },

  inboundflow: {
    typeKey: 'event',
    signature: {
      header: 'X-InboundFlow-Signature',
      verify: ({ json, headers }, secret) =>
        printed.inboundflow(
          json as JsonObject,
          headers['x-inboundflow-timestamp'],
          headers['x-inboundflow-signature'],
          secret,
        ),
    },
    envelope: ({ type, organizationId, data, occurredAt }, { headers }) => ({
      event: type,
      timestamp: occurredAt.toISOString(),
      organization_id: bareId(organizationId),
      delivery_id: String(headers['x-inboundflow-delivery-id']),
      data,
    }),
    headers: ({ type }) => ({
      'x-inboundflow-event': type,
      'x-inboundflow-delivery-id': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      'x-inboundflow-timestamp': /^\d{10}$/,
      'user-agent': 'InboundFlow-Webhook/1.0',
    }),
  },

  salpre: {
    typeKey: 'event_type',
    signature: null,
    envelope: ({ type, data, occurredAt }) => ({
      event_type: type,
      timestamp_utc: Math.floor(occurredAt.getTime() / 1000),
      payload: data,
      is_test: false,
    }),
  },
};

/** The neutral format, verified with the package that the Standard Webhooks project publishes for receivers. */
export const standard: DocumentedFormat = {
  typeKey: 'type',
  signature: {
    header: 'webhook-signature',
    verify({ body, headers }, secret) {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return true;
    },
  },
  envelope: ({ id, provider, type, data, occurredAt }) => ({
    id,
    provider,
    type,
    timestamp: occurredAt.toISOString(),
    data,
  }),
  headers: ({ id }) => ({ 'webhook-id': id, 'webhook-timestamp': /^\d{10}$/ }),
};

export function documentedFormat(provider: string): DocumentedFormat {
  const format = providerFormats[provider];
  if (format) return format;
  throw new Error(
    `How a receiver verifies the requests of "${provider}" is not written down in ${import.meta.filename}.`,
  );
}

/** `2025-03-20T10:00:00Z` */
function wholeSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
