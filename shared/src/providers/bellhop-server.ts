import { z } from 'zod';
import { defineProvider } from '../define-provider.ts';
import type { EventType, Provider, PublishedEvent } from '../provider.ts';
import { standardFormat } from '../standard-format.ts';
import { operatorId } from './operational-id.ts';

/* What a server tells its operator about itself (docs/adr/0012-operational-events.md). */

const types = { hindered: 'server.hindered', recovered: 'server.recovered' } as const;

/** A fault of the server's own side. */
export interface ServerFault {
  /** What is at fault: `network`, `provider acme`. */
  readonly part: string;
  readonly cause: string;
  /** The machine's name. */
  readonly host: string;
}

/** @param at Unix milliseconds */
export function serverHindered({ part, cause, host }: ServerFault, at: number): PublishedEvent {
  return { type: types.hindered, data: { part, cause, host, at: new Date(at).toISOString() } };
}

/** @param forMs how long it lasted */
export function serverRecovered({ part, cause, host }: ServerFault, forMs: number, at: number): PublishedEvent {
  const seconds = Math.round(forMs / 1000);
  return { type: types.recovered, data: { part, cause, host, seconds, at: new Date(at).toISOString() } };
}

const fault = {
  part: z.string().meta({ title: 'Part', description: 'What is at fault: network, or a provider.' }),
  cause: z.string().meta({ title: 'Cause', description: 'What happened and what to do.' }),
  host: z.string().meta({ title: 'Host', description: 'The machine it happened on.' }),
};
const at = z.string().meta({ title: 'At', description: 'When it was noticed.', format: 'date-time' });

const sampleFault: ServerFault = {
  part: 'network',
  cause: "Nothing was sent: this server's name servers do not answer (ECONNREFUSED).",
  host: 'bellhop-1',
};
const sampleAt = Date.UTC(2026, 0, 15, 9, 30);

const events: Readonly<Record<string, EventType>> = {
  [types.hindered]: {
    label: 'Server Hindered',
    noun: 'Server',
    description: "Triggers when deliveries begin to wait because of a fault on the server's own side.",
    schema: z.looseObject({ ...fault, at }),
    sample: serverHindered(sampleFault, sampleAt).data,
  },
  [types.recovered]: {
    label: 'Server Recovered',
    noun: 'Server',
    description: 'Triggers when such a fault is over and deliveries go on.',
    schema: z.looseObject({
      ...fault,
      seconds: z.int().meta({ title: 'Seconds', description: 'How long it lasted.' }),
      at,
    }),
    sample: serverRecovered(sampleFault, 42_000, sampleAt).data,
  },
};

/** Events for the organization that the configuration names as the operator's; others do not see it. */
export const operatorProvider: Provider = defineProvider({
  id: operatorId,
  name: 'Bellhop Server',
  description: 'Reports on the server itself, to its operator.',
  ...standardFormat,
  webhooks: { authentication: ['none', 'basic', 'api_key', 'bearer'], additionalHeaders: true },
  events,
});
