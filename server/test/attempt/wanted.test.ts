import { describe, expect, test } from 'vitest';
import { unwanted } from '../../src/attempt/wanted.ts';
import type { Work } from '../../src/model.ts';
import { plainWebhook } from '../webhook.ts';

const webhook = plainWebhook({ events: ['lead.created'], filter: 'score >= 80', createdAt: 1000 });

function waiting(type: string, data: object, createdAt: number, isTest = false): Work {
  const delivery = { id: 'dlv_1', webhookId: webhook.id, attempts: 0, failures: 0, createdAt };
  const event = { id: 'evt_1', type, test: isTest, data: JSON.stringify(data) };
  return { delivery, event, webhookRevision: 1 } as Work;
}

describe('what waited for a webhook', () => {
  test('is not sent once its event type was removed', () => {
    expect(unwanted(webhook, waiting('lead.deleted', { score: 90 }, 2000))).toBe(
      'The webhook does not subscribe to lead.deleted any more.',
    );
  });

  test('is not sent by the hook that took it over, if its filter does not match', () => {
    expect(unwanted(webhook, waiting('lead.created', { score: 10 }, 900))).toMatch(
      /filter does not match: .*score is 10/,
    );
    expect(unwanted(webhook, waiting('lead.created', { score: 90 }, 900))).toBeUndefined();
  });

  test('is sent although the filter was changed since it was matched', () => {
    expect(unwanted(webhook, waiting('lead.created', { score: 10 }, 1000))).toBeUndefined();
  });

  test('is sent if it is a test, whatever its type', () => {
    expect(unwanted(webhook, waiting('lead.deleted', {}, 900, true))).toBeUndefined();
  });
});
