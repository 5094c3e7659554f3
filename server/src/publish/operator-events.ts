import { hostname } from 'node:os';
import { operatorProvider, type PublishedEvent, serverHindered, serverRecovered } from '@bellhop/shared';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { newId } from '../ids.ts';
import type { PublishStore } from '../store/contract/index.ts';
import type { FaultListener } from '../target/own-faults.ts';
import type { DeliveryStart } from './publisher.ts';

export interface OperatorEventsParts {
  /** The operator's own. */
  readonly organizationId: string;
  readonly store: Pick<PublishStore, 'publish'>;
  readonly delivery: DeliveryStart;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Publishes the faults of this server in the operator's organization. What cannot be stored is in the log alone. */
export function operatorEvents(parts: OperatorEventsParts): Required<FaultListener> {
  const { clock, log } = parts;
  const host = hostname();
  const tell = (event: PublishedEvent) => {
    publish(parts, event).catch((error: unknown) =>
      log.warn({ err: error }, 'an event for the operator is not stored'),
    );
  };
  return {
    hindered: (part, cause) => tell(serverHindered({ part, cause, host }, clock.now())),
    recovered: (part, cause, forMs) => tell(serverRecovered({ part, cause, host }, forMs, clock.now())),
  };
}

async function publish(
  { organizationId, store, delivery, clock }: OperatorEventsParts,
  { type, data }: PublishedEvent,
) {
  const now = clock.now();
  const event = {
    id: newId('event'),
    organizationId,
    provider: operatorProvider.id,
    type,
    test: false,
    occurredAt: now,
    createdAt: now,
    data: JSON.stringify(data),
  };
  const askedAt = clock.elapsed();
  const request = { organizationId, idempotency: null, events: [event], answer: '' };
  const [result] = await store.publish([request], { ...delivery.birth(), now });
  if (result?.kind !== 'stored') return;
  const work = result.work.map(({ eventIndex, ...rest }) => ({ ...rest, event }));
  delivery.dispatch({ ...result, work, askedAt, eventIds: [event.id] });
}
