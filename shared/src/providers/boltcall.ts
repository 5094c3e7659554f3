import { z } from 'zod';
import { defineProvider } from '../define-provider.ts';
import { noRetries } from '../delivery-policy.ts';
import { isoSeconds } from './support.ts';

/*
 * Source: Boltcall's documentation, "Webhooks". It prints the data of `new_lead` alone; "The data object contains the
 * full resource" says its API reference, whose lead and call resources the schemas below follow.
 */

const lead = z.looseObject({
  id: z.string().meta({ title: 'Lead ID' }),
  name: z.string().nullish().meta({ title: 'Name' }),
  phone: z.string().nullish().meta({ title: 'Phone' }),
  email: z.string().nullish().meta({ title: 'Email', format: 'email' }),
  source: z.string().nullish().meta({ title: 'Source', description: 'Where the lead came from.' }),
  agent_id: z.string().nullish().meta({ title: 'Agent ID' }),
  status: z.string().nullish().meta({ title: 'Status', description: 'new, contacted, qualified or converted.' }),
  score: z.number().nullish().meta({ title: 'Score', description: '0 to 100; higher means more likely to buy.' }),
  tags: z.array(z.string()).nullish().meta({ title: 'Tags' }),
  created_at: z.string().nullish().meta({ title: 'Created At', format: 'date-time' }),
});

const missedCall = z.looseObject({
  id: z.string().meta({ title: 'Call ID' }),
  agent_id: z.string().nullish().meta({ title: 'Agent ID' }),
  direction: z.string().nullish().meta({ title: 'Direction', description: 'inbound or outbound.' }),
  caller: z.string().nullish().meta({ title: 'Caller', description: 'Phone number; empty when withheld.' }),
  duration_seconds: z.number().nullish().meta({ title: 'Duration (Seconds)' }),
  status: z.string().nullish().meta({ title: 'Status' }),
  tags: z.array(z.string()).nullish().meta({ title: 'Tags' }),
  created_at: z.string().nullish().meta({ title: 'Created At', format: 'date-time' }),
});

const completedCall = z.looseObject({
  id: missedCall.shape.id,
  agent_id: missedCall.shape.agent_id,
  direction: missedCall.shape.direction,
  caller: missedCall.shape.caller,
  duration_seconds: missedCall.shape.duration_seconds,
  status: missedCall.shape.status,
  sentiment: z.string().nullish().meta({ title: 'Sentiment', description: 'positive, neutral or negative.' }),
  summary: z.string().nullish().meta({ title: 'Summary' }),
  recording_url: z.string().nullish().meta({ title: 'Recording URL', format: 'uri' }),
  transcript_url: z.string().nullish().meta({ title: 'Transcript URL', format: 'uri' }),
  tags: missedCall.shape.tags,
  created_at: missedCall.shape.created_at,
});

const appointment = z.looseObject({
  id: z.string().meta({ title: 'Appointment ID' }),
  lead_id: z.string().nullish().meta({ title: 'Lead ID' }),
  call_id: z.string().nullish().meta({ title: 'Call ID' }),
  agent_id: z.string().nullish().meta({ title: 'Agent ID' }),
  name: z.string().nullish().meta({ title: 'Name' }),
  phone: z.string().nullish().meta({ title: 'Phone' }),
  email: z.string().nullish().meta({ title: 'Email', format: 'email' }),
  service: z.string().nullish().meta({ title: 'Service' }),
  starts_at: z.string().nullish().meta({ title: 'Starts At', format: 'date-time' }),
  ends_at: z.string().nullish().meta({ title: 'Ends At', format: 'date-time' }),
  timezone: z.string().nullish().meta({ title: 'Time Zone', description: 'IANA name, such as Europe/London.' }),
  status: z.string().nullish().meta({ title: 'Status' }),
  notes: z.string().nullish().meta({ title: 'Notes' }),
  created_at: z.string().nullish().meta({ title: 'Created At', format: 'date-time' }),
});

const review = z.looseObject({
  id: z.string().meta({ title: 'Review ID' }),
  source: z.string().nullish().meta({ title: 'Source' }),
  location: z.string().nullish().meta({ title: 'Location', description: 'The business profile that was reviewed.' }),
  reviewer_name: z.string().nullish().meta({ title: 'Reviewer Name', description: 'Empty when anonymous.' }),
  rating: z.number().nullish().meta({ title: 'Rating', description: 'Stars, 1 to 5.' }),
  comment: z.string().nullish().meta({ title: 'Comment', description: 'Empty when only stars were given.' }),
  review_url: z.string().nullish().meta({ title: 'Review URL', format: 'uri' }),
  created_at: z.string().nullish().meta({ title: 'Created At', format: 'date-time' }),
});

export const boltcall = defineProvider({
  id: 'boltcall',
  name: 'Boltcall',
  description: 'An AI receptionist that answers calls, captures leads and books appointments.',
  // "Example payloads"; its times have no fraction of a second.
  envelope: (event) => ({ event: event.type, timestamp: isoSeconds(event.occurredAt), data: event.data }),
  // "Webhook security": "Boltcall includes an HMAC-SHA256 signature in the X-Boltcall-Signature header of every request."
  signature: {
    header: 'X-Boltcall-Signature',
    prefix: '',
    encoding: 'hex',
    content: ['body'],
    key: 'utf8',
    several: false,
  },
  webhooks: {
    // "Choose a trigger event": "Each webhook is tied to one event."
    eventTypes: 'one',
    // "Webhook security": "Each webhook has a signing secret generated automatically when you create it."
    secret: 'always',
  },
  delivery: {
    // "Retries": "If your endpoint returns a non-2xx status code, the delivery is logged as failed in the event log."
    success: '2xx',
    // "Retries": "Boltcall does not automatically retry failed webhook deliveries."
    retry: noRetries,
  },
  events: {
    new_lead: {
      label: 'New Lead',
      noun: 'Lead',
      description: 'Triggers when a new lead is captured by your AI receptionist.',
      schema: lead,
      sample: {
        id: 'lead_001',
        name: 'Jane Smith',
        phone: '+1555123456',
        email: 'jane@example.com',
        source: 'missed_call',
        agent_id: 'agent_abc123',
        status: 'new',
        score: 85,
        tags: ['high-intent', 'dental-cleaning'],
        created_at: '2025-03-20T10:00:00Z',
      },
    },
    missed_call: {
      label: 'Missed Call',
      noun: 'Call',
      description: 'Triggers when a call comes in but is not answered.',
      schema: missedCall,
      sample: {
        id: 'call_uvw456',
        agent_id: 'agent_abc123',
        direction: 'inbound',
        caller: '+19876543210',
        duration_seconds: 0,
        status: 'missed',
        tags: ['after-hours'],
        created_at: '2025-03-20T19:42:10Z',
      },
    },
    appointment_booked: {
      label: 'Appointment Booked',
      noun: 'Appointment',
      description: 'Triggers when an appointment is confirmed.',
      schema: appointment,
      sample: {
        id: 'appt_301',
        lead_id: 'lead_001',
        call_id: 'call_xyz789',
        agent_id: 'agent_abc123',
        name: 'Jane Smith',
        phone: '+1555123456',
        email: 'jane@example.com',
        service: 'Dental Cleaning',
        starts_at: '2025-03-21T14:00:00Z',
        ends_at: '2025-03-21T14:45:00Z',
        timezone: 'America/New_York',
        status: 'confirmed',
        notes: 'First visit. Prefers a text message as reminder.',
        created_at: '2025-03-20T09:17:05Z',
      },
    },
    call_completed: {
      label: 'Call Completed',
      noun: 'Call',
      description: 'Triggers when a call ends.',
      schema: completedCall,
      sample: {
        id: 'call_xyz789',
        agent_id: 'agent_abc123',
        direction: 'inbound',
        caller: '+19876543210',
        duration_seconds: 142,
        status: 'completed',
        sentiment: 'positive',
        summary: 'Caller requested appointment for Friday.',
        recording_url: 'https://api.boltcall.org/v1/calls/call_xyz789/recording',
        transcript_url: 'https://api.boltcall.org/v1/calls/call_xyz789/transcript',
        tags: ['appointment', 'new-customer'],
        created_at: '2025-03-20T09:15:00Z',
      },
    },
    review_received: {
      label: 'Review Received',
      noun: 'Review',
      description: 'Triggers when a new review comes in via Google Business Profile.',
      schema: review,
      sample: {
        id: 'review_512',
        source: 'google_business_profile',
        location: 'Bright Smile Dental, Brooklyn',
        reviewer_name: 'Jane Smith',
        rating: 5,
        comment: 'Booked in two minutes, and the cleaning was painless.',
        review_url: 'https://search.google.com/local/reviews?placeid=ChIJN1t_tDeuEmsRUsoyG83frY4',
        created_at: '2025-03-24T16:30:00Z',
      },
    },
  },
});
