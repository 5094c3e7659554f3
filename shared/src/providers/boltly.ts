import { z } from 'zod';
import { defineProvider } from '../define-provider.ts';
import type { EventType } from '../provider.ts';
import { isoSeconds } from './support.ts';

/* Source: Boltly's documentation, "Webhooks". It prints the data of `message.received` alone. */

/**
 * A WhatsApp message: `type` names the key that holds its content, such as `text` in the document's sample
 * (`"type": "text", "text": { "body": … }`); an image comes as `"type": "image", "image": { … }`.
 */
const receivedMessage = z
  .looseObject({
    message_id: z.string().meta({ title: 'Message ID' }),
    conversation_id: z.string().meta({ title: 'Conversation ID' }),
    from: z.string().meta({ title: 'From', description: 'Phone number of the contact.' }),
    type: z.string().meta({ title: 'Message Type', description: 'The name of the field that holds the content.' }),
    text: z
      .looseObject({ body: z.string().meta({ title: 'Body' }) })
      .nullish()
      .meta({ title: 'Text', description: 'The content of a message of type "text".' }),
  })
  .superRefine((message, context) => {
    if (Object.hasOwn(message, message.type) && isObject(message[message.type])) return;
    const wanted = JSON.stringify(message.type);
    context.addIssue({
      code: 'custom',
      path: [message.type],
      message: `must be an object with the content of the message, because "type" is ${wanted}`,
    });
  });

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

const messageStatus = z.looseObject({
  message_id: z.string().meta({ title: 'Message ID' }),
  conversation_id: z.string().meta({ title: 'Conversation ID' }),
  to: z.string().nullish().meta({ title: 'To', description: 'Phone number of the contact.' }),
  status: z.string().nullish().meta({ title: 'Status' }),
});

const failedMessage = z.looseObject({
  ...messageStatus.shape,
  error: z
    .looseObject({
      code: z.int().nullish().meta({ title: 'Error Code', description: "WhatsApp's error code." }),
      title: z.string().nullish().meta({ title: 'Error Title' }),
    })
    .nullish()
    .meta({ title: 'Error' }),
});

function statusEvent(status: string, label: string, description: string): EventType {
  return { label, noun: 'Message', description, schema: messageStatus, sample: statusSample(status) };
}

function statusSample(status: string) {
  return {
    message_id: 'msg_01JQXW8M6T4N2VYB3C5D7E9F1G',
    conversation_id: 'conv_01JQXW2H9K7R5P3M1N8B6V4C2X',
    to: '+1234567890',
    status,
  };
}

export const boltly = defineProvider({
  id: 'boltly',
  name: 'Boltly',
  description: 'A shared inbox for WhatsApp conversations with contacts.',
  // "Payload format"; its times have no fraction of a second.
  envelope: (event) => ({
    id: event.id,
    type: event.type,
    organization_id: event.organizationId,
    created_at: isoSeconds(event.occurredAt),
    data: event.data,
  }),
  // "Verification steps": "Compute HMAC-SHA256(body, signing_secret)", "Hex-encode the result", "Compare with the
  // X-Webhook-Signature header". The secret is used as text, its prefix whsec_ included, as the printed code does.
  signature: {
    header: 'X-Webhook-Signature',
    prefix: '',
    encoding: 'hex',
    content: ['body'],
    key: 'utf8',
    several: false,
  },
  webhooks: {
    // "Event types": "Subscribe to any combination of these events when creating a webhook endpoint."
    eventTypes: 'many',
    // "Creating a webhook": "The response includes a signing_secret starting with whsec_."
    secret: 'always',
  },
  delivery: {
    // "Delivery & retries": "Your endpoint must respond with a 2xx status within 30 seconds." "Failed deliveries are
    // retried automatically": the document does not say how often, so the default schedule applies.
    success: '2xx',
    timeoutMs: 30_000,
  },
  events: {
    'message.received': {
      label: 'Message Received',
      noun: 'Message',
      description: 'Triggers when a new inbound message from a contact comes in.',
      schema: receivedMessage,
      sample: {
        message_id: 'msg_01JQXW5Z8B6N4M2K0J9H7G5F3D',
        conversation_id: 'conv_01JQXW2H9K7R5P3M1N8B6V4C2X',
        from: '+1234567890',
        type: 'text',
        text: { body: "Hi, I'd like to book an appointment" },
      },
    },
    'message.sent': statusEvent('sent', 'Message Sent', 'Triggers when an outbound message was accepted by WhatsApp.'),
    'message.delivered': statusEvent(
      'delivered',
      'Message Delivered',
      "Triggers when a message was delivered to the contact's device.",
    ),
    'message.read': statusEvent('read', 'Message Read', 'Triggers when the contact opened and read a message.'),
    'message.failed': {
      label: 'Message Failed',
      noun: 'Message',
      description: 'Triggers when the delivery of a message failed.',
      schema: failedMessage,
      sample: { ...statusSample('failed'), error: { code: 131026, title: 'Message undeliverable' } },
    },
  },
});
