import { z } from 'zod';
import { defineProvider } from '../define-provider.ts';
import { unixSeconds } from './support.ts';

/*
 * Source: Salpre's documentation of its custom webhook integration. It prints the payload of every event type, each
 * with `is_test: true`; "This will send a pre-defined example payload" (Testing Your Integration), so the samples below
 * are those payloads, value by value.
 */

const callFields = {
  from: z.string().nullish().meta({ title: 'From', description: 'Phone number; empty when withheld.' }),
  to: z.string().nullish().meta({ title: 'To', description: 'Phone number.' }),
  source: z.string().nullish().meta({ title: 'Source', description: 'The line or box the call goes through.' }),
  // "The direction field in the payload is important as it indicates whether the call is inbound or outbound."
  direction: z.string().meta({ title: 'Direction', description: 'inbound or outbound.' }),
};

const callProgress = z.looseObject({ call_id: z.int().meta({ title: 'Call ID' }), ...callFields });

const call = z.looseObject({ id: z.int().meta({ title: 'Call ID' }), ...callFields }).meta({ title: 'Call' });

const speaker = z.string().nullish().meta({ title: 'Speaker', description: 'ai or customer.' });

const transcript = z.looseObject({
  call,
  type: speaker,
  transcript: z.string().meta({ title: 'Transcript', description: 'What was said just now.' }),
  timestamp_utc: z.string().nullish().meta({ title: 'Spoken At (Unix Time)' }),
});

const endedCall = z.looseObject({
  ...callProgress.shape,
  transcript: z
    .array(
      z.looseObject({
        type: speaker,
        message: z.string().meta({ title: 'Message' }),
        // The document's first message, the greeting, comes without it.
        utc_timestamp: z.string().nullish().meta({ title: 'Spoken At (Unix Time)' }),
      }),
    )
    .nullish()
    .meta({ title: 'Transcript', description: 'The complete, final transcript.' }),
});

const error = z.looseObject({ call, error_message: z.string().meta({ title: 'Error Message' }) });

const sampleCall = {
  from: '+905555555555',
  to: '+905555555554',
  source: 'salprebox:SALPRE_AABBCCDD',
  direction: 'outbound',
};

export const salpre = defineProvider({
  id: 'salpre',
  name: 'Salpre',
  description: 'A telephony service with AI agents for inbound and outbound calls.',
  // "Payload Structure": timestamp_utc is "(Integer) A Unix timestamp of when the event occurred", is_test is "true if
  // the event was triggered by the “Test Webhook Integration” button".
  envelope: (event) => ({
    event_type: event.type,
    timestamp_utc: unixSeconds(event.occurredAt),
    payload: event.data,
    is_test: event.test,
  }),
  // The document knows no signature.
  signature: null,
  webhooks: {
    // "Configuration": "Select the specific events you want to receive notifications for."
    eventTypes: 'many',
    // "Configuration": "If your endpoint requires authentication, you can add custom HTTP headers."
    additionalHeaders: true,
  },
  delivery: {
    // "Testing Your Integration": "If we do not receive a 200 OK response, we will consider the delivery a failure."
    success: [200],
  },
  events: {
    call_initiated: {
      label: 'Call Initiated',
      noun: 'Call',
      description: 'Triggers when a new inbound or outbound call is started.',
      schema: callProgress,
      sample: {
        call_id: 1,
        from: sampleCall.from,
        to: sampleCall.to,
        direction: sampleCall.direction,
        source: sampleCall.source,
      },
    },
    call_ringing: {
      label: 'Call Ringing',
      noun: 'Call',
      description: 'Triggers when an inbound call rings for the agent or an outbound call is connecting.',
      schema: callProgress,
      sample: { ...sampleCall, call_id: 1 },
    },
    call_answered: {
      label: 'Call Answered',
      noun: 'Call',
      description: 'Triggers when a call is answered by the receiving party.',
      schema: callProgress,
      sample: { ...sampleCall, call_id: 1 },
    },
    transcript: {
      label: 'Transcript',
      description: 'Triggers when speech is transcribed during an active call.',
      schema: transcript,
      sample: {
        call: { id: 1, ...sampleCall },
        type: 'customer',
        transcript: 'Hello, how are you?',
        timestamp_utc: '111111',
      },
    },
    call_ended: {
      label: 'Call Ended',
      noun: 'Call',
      description: 'Triggers when a call is terminated by either party, with its complete transcript.',
      schema: endedCall,
      sample: {
        from: sampleCall.from,
        to: sampleCall.to,
        direction: sampleCall.direction,
        source: sampleCall.source,
        call_id: 1,
        transcript: [
          { type: 'ai', message: 'Greeting message' },
          { type: 'customer', message: 'customer message 1', utc_timestamp: '111111' },
          { type: 'ai', message: 'Ai response 1', utc_timestamp: '111111' },
        ],
      },
    },
    error: {
      label: 'Error',
      description: 'Triggers when an error occurs at any point during a call.',
      schema: error,
      sample: { call: { id: 1, ...sampleCall }, error_message: 'Error message' },
    },
  },
});
