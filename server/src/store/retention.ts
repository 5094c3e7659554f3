import type { ConfigFile } from '../config.ts';
import type { Retention } from './contract/index.ts';

const hourMs = 3600 * 1000;
const dayMs = 24 * hourMs;

/** How long things are kept, as the configuration says. */
export function retentionOf({ retention }: Pick<ConfigFile, 'retention'>): Retention {
  return {
    attemptsPerWebhook: retention.attemptsPerWebhook,
    eventsMs: retention.eventDays * dayMs,
    idempotencyMs: retention.idempotencyHours * hourMs,
  };
}
