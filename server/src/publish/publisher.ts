import { createHash } from 'node:crypto';
import type { Catalogue, JsonObject } from '@bellhop/shared';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Batch } from '../flow/batch.ts';
import type { Birth, Dispatch } from '../lane/dispatcher.ts';
import type { Event } from '../model.ts';
import type { FieldError } from '../problem.ts';
import { invalidInput, ProblemError } from '../problem.ts';
import type { PublishRequest, PublishResult, PublishStore, SettingsReader } from '../store/contract/index.ts';
import type { EventInput } from './prepare.ts';
import { eventProblems, prepareEvents } from './prepare.ts';
import { effectiveSettings } from './settings.ts';

/** The dispatcher, as this stage sees it. */
export interface DeliveryStart {
  birth(): Birth;
  dispatch(dispatch: Dispatch): void;
}

export interface PublisherParts {
  readonly catalogue: Catalogue;
  readonly store: PublishStore & SettingsReader;
  readonly delivery: DeliveryStart;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Idempotency {
  readonly key: string;
  /** The body as sent, before defaults such as the time are filled in: a repeated request has the same. */
  readonly body: string;
}

export interface PublishCall {
  readonly organizationId: string;
  readonly events: readonly EventInput[];
  readonly idempotency: Idempotency | null;
  /** The path of an event in the request, for errors: `''` or `events.0.`. */
  readonly field: (index: number) => string;
}

/** For each published event, its id and the events derived from it. */
export type Published = readonly { readonly id: string; readonly derived: readonly { id: string; type: string }[] }[];

/** A request that waits for its transaction. */
interface Waiting {
  readonly request: PublishRequest;
  readonly resolve: (stored: Answered) => void;
  readonly reject: (error: unknown) => void;
}

interface Answered {
  readonly result: PublishResult;
  /** When the store was asked, by the clock's `elapsed`. */
  readonly askedAt: number;
}

/** Events per transaction: enough to share a commit, few enough that nobody waits long for the others. */
const mostEvents = 1000;

interface Prepared {
  readonly events: readonly Event[];
  readonly answer: Published;
  readonly call: PublishCall;
}

/** Publish → validate → prepare → store and fan out, in one transaction. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #batch: Batch<Waiting>;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#batch = new Batch({ write: (waiting) => this.#store(waiting), first: eventsOfBatch });
  }

  /**
   * Publishes all of the events or none. Once this resolves, they are stored durably.
   *
   * @throws {ProblemError} `invalid_input`, naming every wrong field; `idempotency_key_reused`.
   */
  async publish(call: PublishCall): Promise<Published> {
    const { organizationId } = call;
    const settings = await this.#settings(organizationId, call.events);
    const errors = this.#validate(call, settings);
    if (errors.length > 0) throw invalidInput(errors);
    const groups = call.events.map((event) => this.#prepare(organizationId, event, settings));
    const answer: Published = groups.map(([first, ...derived]) => ({
      id: first.id,
      derived: derived.map(({ id, type }) => ({ id, type })),
    }));
    const events = groups.flat();
    const idempotency = hashed(call.idempotency);
    const answered = await this.#stored({ organizationId, events, idempotency, answer: JSON.stringify(answer) });
    return this.#carryOn(answered, { events, answer, call });
  }

  /** Resolves when the request is stored durably, in one transaction with others that came meanwhile. */
  #stored(request: PublishRequest): Promise<Answered> {
    return new Promise((resolve, reject) => this.#batch.add([{ request, resolve, reject }]));
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    const { store, delivery, clock } = this.#parts;
    try {
      const requests = batch.map(({ request }) => request);
      const askedAt = clock.elapsed();
      const results = await store.publish(requests, { ...delivery.birth(), now: clock.now() });
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result) resolve({ result, askedAt });
        else reject(new Error('The store gave no answer for a published event.'));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #carryOn({ result, askedAt }: Answered, { events, answer, call }: Prepared): Published {
    if (result.kind === 'repeated') return JSON.parse(result.answer);
    if (result.kind === 'key_reused') {
      throw new ProblemError(
        'idempotency_key_reused',
        `The idempotency key "${call.idempotency?.key}" was used for another body. Use a new key for a new request.`,
      );
    }
    const work = result.work.flatMap(({ eventIndex, ...rest }) => {
      const event = events[eventIndex];
      return event ? [{ ...rest, event }] : [];
    });
    this.#parts.delivery.dispatch({ ...result, work, askedAt, eventIds: events.map(({ id }) => id) });
    this.#log(events, result.matched);
    return answer;
  }

  async #settings(organizationId: string, events: readonly EventInput[]): Promise<ReadonlyMap<string, JsonObject>> {
    const settings = new Map<string, JsonObject>();
    for (const id of new Set(events.map(({ provider }) => provider))) {
      const provider = this.#parts.catalogue.provider(id);
      if (provider) settings.set(id, await effectiveSettings(this.#parts.store, organizationId, provider));
    }
    return settings;
  }

  #validate({ events, field }: PublishCall, settings: ReadonlyMap<string, JsonObject>): FieldError[] {
    return events.flatMap((event, index) =>
      eventProblems(this.#parts.catalogue, event, settings.get(event.provider) ?? {}).map((error) => ({
        ...error,
        field: field(index) + error.field,
      })),
    );
  }

  #prepare(organizationId: string, input: EventInput, settings: ReadonlyMap<string, JsonObject>): [Event, ...Event[]] {
    const provider = this.#parts.catalogue.provider(input.provider);
    const context = { organizationId, now: this.#parts.clock.now() };
    const [first, ...derived] = provider
      ? prepareEvents(provider, input, settings.get(provider.id) ?? {}, context)
      : [];
    if (!first) throw new Error(`The provider "${input.provider}" prepared no event of "${input.type}".`);
    return [first, ...derived];
  }

  #log(events: readonly Event[], matched: number): void {
    for (const event of events) {
      this.#parts.log.info(
        {
          event_id: event.id,
          organization_id: event.organizationId,
          provider: event.provider,
          event_type: event.type,
          occurred_at: event.occurredAt,
          bytes: event.data.length,
          published_together: events.length,
          deliveries_together: matched,
        },
        'event',
      );
    }
  }
}

/** How many of the waiting requests have so few events together. */
function eventsOfBatch(waiting: readonly Waiting[]): number {
  let events = 0;
  const end = waiting.findIndex(({ request }) => {
    events += request.events.length;
    return events > mostEvents;
  });
  return end === -1 ? waiting.length : Math.max(end, 1);
}

function hashed(idempotency: Idempotency | null): { key: string; hash: string } | null {
  return idempotency && { key: idempotency.key, hash: createHash('sha256').update(idempotency.body).digest('hex') };
}
