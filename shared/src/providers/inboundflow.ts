import { z } from 'zod';
import { defineProvider } from '../define-provider.ts';
import { bareId } from '../ids.ts';

/* Source: InboundFlow's documentation, "Webhooks". It prints the data of every event type. */

const callId = z.string().meta({ title: 'Call ID' });
const callerPhone = z.string().nullish().meta({ title: 'Caller Phone', description: 'Empty when withheld.' });
const callerName = z.string().nullish().meta({ title: 'Caller Name' });
const callerEmail = z.string().nullish().meta({ title: 'Caller Email', format: 'email' });
const duration = z.number().nullish().meta({ title: 'Duration (Seconds)' });
const summary = z.string().nullish().meta({ title: 'Summary' });
const intent = z.string().nullish().meta({ title: 'Intent', description: 'What the caller wanted.' });
const urgency = z.string().nullish().meta({ title: 'Urgency', description: 'low, medium or high.' });

const completedCall = z.looseObject({
  call_id: callId,
  caller_phone: callerPhone,
  caller_name: callerName,
  caller_email: callerEmail,
  duration_seconds: duration,
  summary,
  intent,
  urgency,
  recording_url: z.string().nullish().meta({ title: 'Recording URL', format: 'uri' }),
  started_at: z.string().nullish().meta({ title: 'Started At', format: 'date-time' }),
  ended_at: z.string().nullish().meta({ title: 'Ended At', format: 'date-time' }),
});

const transferredCall = z.looseObject({
  call_id: callId,
  caller_phone: callerPhone,
  caller_name: callerName,
  duration_seconds: duration,
  summary,
  transferred_to_label: z.string().nullish().meta({ title: 'Transferred To (Label)' }),
  transferred_to_number: z.string().nullish().meta({ title: 'Transferred To (Number)' }),
  urgency,
  reason: z.string().nullish().meta({ title: 'Reason' }),
});

const appointment = z.looseObject({
  call_id: callId,
  caller_phone: callerPhone,
  caller_name: callerName,
  appointment_date: z.string().nullish().meta({ title: 'Appointment Date', format: 'date' }),
  appointment_time_start: z.string().nullish().meta({ title: 'Appointment Start', format: 'date-time' }),
  appointment_time_end: z.string().nullish().meta({ title: 'Appointment End', format: 'date-time' }),
  service_type: z.string().nullish().meta({ title: 'Service Type' }),
  calendar_event_id: z.string().nullish().meta({ title: 'Calendar Event ID' }),
  calendar_event_link: z.string().nullish().meta({ title: 'Calendar Event Link', format: 'uri' }),
});

const lead = z.looseObject({
  call_id: callId,
  caller_phone: callerPhone,
  caller_name: callerName,
  caller_email: callerEmail,
  intent,
  urgency,
  interest: z.string().nullish().meta({ title: 'Interest' }),
  call_summary: z.string().nullish().meta({ title: 'Call Summary' }),
});

export const inboundflow = defineProvider({
  id: 'inboundflow',
  name: 'InboundFlow',
  description: 'An AI phone agent that takes inbound calls, transfers them, books appointments and captures leads.',
  // "Event Payloads": times with milliseconds; organization_id and delivery_id are UUIDs without a prefix.
  envelope: (event) => ({
    event: event.type,
    timestamp: event.occurredAt.toISOString(),
    organization_id: bareId(event.organizationId),
    delivery_id: bareId(event.deliveryId),
    data: event.data,
  }),
  // "Delivery Format", "Headers".
  headers: (event, sentAt) => ({
    'X-InboundFlow-Event': event.type,
    'X-InboundFlow-Delivery-Id': bareId(event.deliveryId),
    'X-InboundFlow-Timestamp': String(sentAt),
    'User-Agent': 'InboundFlow-Webhook/1.0',
  }),
  // "Verifying Webhook Signatures": 'sha256=' and the hex HMAC-SHA256 of `${timestamp}.${JSON.stringify(body)}`, the
  // timestamp being that of the header.
  signature: {
    header: 'X-InboundFlow-Signature',
    prefix: 'sha256=',
    encoding: 'hex',
    content: ['timestamp', 'body'],
    key: 'utf8',
    timestampHeader: 'X-InboundFlow-Timestamp',
    several: false,
  },
  webhooks: {
    // "Setup": "Select which events to receive".
    eventTypes: 'many',
    // "Verifying Webhook Signatures": "If you set a signing secret when configuring your webhook, every delivery
    // includes an HMAC-SHA256 signature".
    secret: 'optional',
  },
  delivery: {
    // "Retry & Reliability": "Webhooks have a 10-second delivery timeout. Respond with a 2xx status quickly."
    success: '2xx',
    timeoutMs: 10_000,
    // "Retry & Reliability": "After 10 consecutive failures, the webhook is automatically disabled."
    disableAfterFailures: 10,
  },
  events: {
    'call.completed': {
      label: 'Call Completed',
      noun: 'Call',
      description: 'Triggers when a call ends, with its summary and caller info.',
      schema: completedCall,
      sample: {
        call_id: '6f1d2c3b-8a47-4e59-9b0c-5d2e7f8a1b3c',
        caller_phone: '+1234567890',
        caller_name: 'Dave',
        caller_email: 'dave@example.com',
        duration_seconds: 55,
        summary:
          'Called about auto repair appointment. Customer wants to bring in a 2019 Honda Civic for brake inspection.',
        intent: 'book appointment',
        urgency: 'medium',
        recording_url: 'https://recordings.inboundflow.example/6f1d2c3b-8a47-4e59-9b0c-5d2e7f8a1b3c.mp3',
        started_at: '2026-02-24T20:59:00Z',
        ended_at: '2026-02-24T21:00:00Z',
      },
    },
    'call.transferred': {
      label: 'Call Transferred',
      noun: 'Call',
      description: 'Triggers when the AI transfers a call to a configured destination.',
      schema: transferredCall,
      sample: {
        call_id: 'c0a8f7e6-1b2d-4c3e-8f90-7a6b5c4d3e2f',
        caller_phone: '+1234567890',
        caller_name: 'Dave',
        duration_seconds: 47,
        summary: 'Caller requested to speak with manager about pricing.',
        transferred_to_label: 'Manager',
        transferred_to_number: '+18154264329',
        urgency: 'medium',
        reason: 'Wants to discuss pricing for full body repair',
      },
    },
    'appointment.booked': {
      label: 'Appointment Booked',
      noun: 'Appointment',
      description: 'Triggers when the AI books a calendar appointment during a call.',
      schema: appointment,
      sample: {
        call_id: '2b9e4d7a-6c15-4f83-a2d1-9e0f8b7c6a54',
        caller_phone: '+1234567890',
        caller_name: 'Sarah',
        appointment_date: '2026-02-25',
        appointment_time_start: '2026-02-25T11:00:00Z',
        appointment_time_end: '2026-02-25T12:00:00Z',
        service_type: 'Auto Repair Appointment',
        calendar_event_id: '7k3p9m2v5q8r1t4w6y0zabcdef',
        calendar_event_link: 'https://calendar.google.com/calendar/event?eid=N2szcDltMnY1cThyMXQ0dzZ5MHphYmNkZWY',
      },
    },
    'lead.created': {
      label: 'Lead Created',
      noun: 'Lead',
      description: 'Triggers when a new lead is created from a call with sufficient context.',
      schema: lead,
      sample: {
        call_id: '9d8c7b6a-5f4e-4d3c-b2a1-0f9e8d7c6b5a',
        caller_phone: '+1234567890',
        caller_name: 'Dave',
        caller_email: 'dave@example.com',
        intent: 'pricing inquiry',
        urgency: 'high',
        interest: 'auto body work',
        call_summary: 'Called about getting a quote for front bumper repair on a 2019 Honda Civic.',
      },
    },
  },
});
