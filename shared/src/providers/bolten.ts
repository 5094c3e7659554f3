import { z } from 'zod';
import { defineProvider } from '../define-provider.ts';
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { EventType, PublishedEvent } from '../provider.ts';
import { mapValues, project } from './projection.ts';

/*
 * Source: Bolten's documentation, "Webhooks". Its request examples did not survive ("Request body example:" and nothing
 * after it), so envelope and data are what a user of a CRM would expect.
 */

const created = 'opportunity.created';
const transitioned = 'opportunity.transitioned';
const won = 'opportunity.won';
const lost = 'opportunity.lost';

const customFields = z.looseObject({}).nullish().meta({ title: 'Custom Fields' });
const createdAt = z.string().nullish().meta({ title: 'Created At', format: 'date-time' });
const updatedAt = z.string().nullish().meta({ title: 'Updated At', format: 'date-time' });

const opportunity = z
  .looseObject({
    id: z.string().meta({ title: 'Opportunity ID' }),
    title: z.string().nullish().meta({ title: 'Title' }),
    value: z.number().nullish().meta({ title: 'Value', description: 'In units of the currency, not in cents.' }),
    currency: z.string().nullish().meta({ title: 'Currency', description: 'ISO 4217 code.' }),
    pipeline: z.string().nullish().meta({ title: 'Pipeline' }),
    stage: z.string().nullish().meta({ title: 'Stage' }),
    previous_stage: z.string().nullish().meta({ title: 'Previous Stage', description: 'Empty when just created.' }),
    owner: z
      .looseObject({
        id: z.string().meta({ title: 'Owner ID' }),
        name: z.string().nullish().meta({ title: 'Owner Name' }),
        email: z.string().nullish().meta({ title: 'Owner Email', format: 'email' }),
      })
      .nullish()
      .meta({ title: 'Owner' }),
    custom_fields: customFields,
    created_at: createdAt,
    updated_at: updatedAt,
  })
  .meta({ title: 'Opportunity' });

const contact = z
  .looseObject({
    id: z.string().meta({ title: 'Contact ID' }),
    name: z.string().nullish().meta({ title: 'Name' }),
    email: z.string().nullish().meta({ title: 'Email', format: 'email' }),
    phone: z.string().nullish().meta({ title: 'Phone' }),
    company: z.string().nullish().meta({ title: 'Company' }),
    custom_fields: customFields,
    created_at: createdAt,
    updated_at: updatedAt,
  })
  .nullish()
  .meta({ title: 'Contact', description: 'The contact linked to the opportunity.' });

const anyStage = z.looseObject({ opportunity, contact });

/** The stage is required: without it, a move cannot be told from a win. */
const moved = z.looseObject({
  opportunity: opportunity.extend({ stage: z.string().meta({ title: 'Stage' }) }).meta({ title: 'Opportunity' }),
  contact,
});

const fieldsToSend = z
  .array(z.string().min(1))
  .min(1, 'must list at least one field; null sends all fields')
  .nullable()
  .default(null);

const stages = z.array(z.string().min(1)).default([]);

const settingsSchema = z
  .strictObject({
    // "Events and Payloads": "within the opportunity, all (and only) the fields configured in your project's opportunity
    // will be sent. The same applies to the contact linked to the opportunity."
    opportunity_fields: fieldsToSend.meta({
      title: 'Opportunity Fields',
      description: 'Fields to send, such as title, owner.name or custom_fields.region. Empty: all.',
    }),
    contact_fields: fieldsToSend.meta({
      title: 'Contact Fields',
      description: 'Fields to send, such as email or custom_fields.segment. Empty: all.',
    }),
    // "Prerequisite: your funnel needs to have a won status configured", and the same for lost.
    won_stages: stages.meta({ title: 'Won Stages', description: 'Names of the stages that mean won.' }),
    lost_stages: stages.meta({ title: 'Lost Stages', description: 'Names of the stages that mean lost.' }),
  })
  .superRefine(({ won_stages, lost_stages }, context) => {
    for (const [index, stage] of lost_stages.entries()) {
      if (!won_stages.includes(stage)) continue;
      const message = `"${stage}" is also in won_stages; a stage can mean won or lost, not both`;
      context.addIssue({ code: 'custom', path: ['lost_stages', index], message });
    }
  });

type Settings = z.output<typeof settingsSchema>;

/**
 * A move to a won or lost stage is delivered as two events, whichever was published: "in addition to this event, an
 * opportunity.transitioned" (OpportunityWon), "if the transition is to a status configured as won or lost, the
 * corresponding events will also be triggered" (OpportunityTransitioned). Publish one of them, not both.
 */
function prepare(event: PublishedEvent, settings: JsonObject): PublishedEvent[] {
  const complete = settings as Settings;
  const data = projectData(event.data, complete);
  return [event.type, ...impliedTypes(event, complete)].map((type) => ({ type, data }));
}

function impliedTypes({ type, data }: PublishedEvent, settings: Settings): string[] {
  if (type === won || type === lost) return [transitioned];
  const stage = isJsonObject(data.opportunity) ? data.opportunity.stage : undefined;
  if (type !== transitioned || typeof stage !== 'string') return [];
  if (settings.won_stages.includes(stage)) return [won];
  return settings.lost_stages.includes(stage) ? [lost] : [];
}

function projectData(data: JsonObject, { opportunity_fields, contact_fields }: Settings): JsonObject {
  return mapValues(data, (key, value) => {
    if (key === 'opportunity' && isJsonObject(value)) return project(value, opportunity_fields);
    if (key === 'contact' && isJsonObject(value)) return project(value, contact_fields);
    return value;
  });
}

function requires(setting: 'won_stages' | 'lost_stages', meaning: string): NonNullable<EventType['unavailable']> {
  return (settings) =>
    (settings as Settings)[setting].length > 0
      ? undefined
      : `No stage is configured as ${meaning}: set ${setting} in the settings of the provider bolten.`;
}

function sample(opportunity: { title: string; value: number; stage: string; previous_stage: string | null }) {
  return {
    opportunity: {
      id: 'opp_7f3c9a2e',
      title: opportunity.title,
      value: opportunity.value,
      currency: 'BRL',
      pipeline: 'Sales',
      stage: opportunity.stage,
      previous_stage: opportunity.previous_stage,
      owner: { id: 'user_51b8', name: 'Marina Costa', email: 'marina@example.com' },
      custom_fields: { region: 'South', lead_source: 'WhatsApp' },
      created_at: '2025-09-02T13:05:00Z',
      updated_at: opportunity.previous_stage === null ? '2025-09-02T13:05:00Z' : '2025-09-16T17:40:00Z',
    },
    contact: {
      id: 'contact_2d94',
      name: 'Rafael Lima',
      email: 'rafael@example.com',
      phone: '+5511987654321',
      company: 'Lima Logística',
      custom_fields: { segment: 'Transport' },
      created_at: '2025-09-02T13:04:00Z',
      updated_at: '2025-09-10T09:12:00Z',
    },
  };
}

const deal = { title: 'Annual plan, 20 seats', value: 12500.5, previous_stage: 'Negotiation' };

export const bolten = defineProvider({
  id: 'bolten',
  name: 'Bolten',
  description: 'A CRM that moves opportunities and their contacts through the stages of a funnel.',
  envelope: (event) => ({ event: event.type, timestamp: event.occurredAt.toISOString(), data: event.data }),
  // The document knows no signature.
  signature: null,
  webhooks: {
    // "Creating a New Webhook": "Check the boxes for the events you want to be notified about."
    eventTypes: 'many',
    // "Authentication": Unauthenticated, Basic Auth, API Key, Bearer Token.
    authentication: ['none', 'basic', 'api_key', 'bearer'],
  },
  delivery: {
    // "If your endpoint does not respond with a 2xx status code (e.g., 200 OK), we will consider the delivery a failure."
    success: '2xx',
    // "We will then attempt to resend the webhook 5 more times, with exponential backoff intervals between each
    // attempt." It gives no intervals: 30 s, 2 min, 8 min, 32 min and about 2 h, each four times the one before.
    retry: { delays: [30, 120, 480, 1920, 7680], jitter: 0.2 },
  },
  settings: { schema: settingsSchema, defaults: settingsSchema.parse({}) },
  prepare,
  events: {
    [won]: {
      label: 'Opportunity Won',
      noun: 'Opportunity',
      description: 'Triggers when an opportunity is moved to a stage configured as won.',
      schema: anyStage,
      sample: sample({ ...deal, stage: 'Won' }),
      unavailable: requires('won_stages', 'won'),
    },
    [lost]: {
      label: 'Opportunity Lost',
      noun: 'Opportunity',
      description: 'Triggers when an opportunity is moved to a stage configured as lost.',
      schema: anyStage,
      sample: sample({ ...deal, stage: 'Lost' }),
      unavailable: requires('lost_stages', 'lost'),
    },
    [transitioned]: {
      label: 'Opportunity Transitioned',
      noun: 'Opportunity',
      description: 'Triggers when an opportunity is moved from one stage to another.',
      schema: moved,
      sample: sample({ ...deal, stage: 'Negotiation', previous_stage: 'Proposal' }),
    },
    [created]: {
      label: 'Opportunity Created',
      noun: 'Opportunity',
      description: 'Triggers when an opportunity is created.',
      schema: anyStage,
      sample: sample({ ...deal, stage: 'New Lead', previous_stage: null }),
    },
  },
});
