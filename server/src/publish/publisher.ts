import type { Catalogue, JsonObject } from '@bellhop/shared';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Batch } from '../flow/batch.ts';
import { inTurns } from '../flow/in-turns.ts';
import type { Birth, Dispatch } from '../lane/dispatcher.ts';
import type { Event } from '../model.ts';
import type { FieldError } from '../problem.ts';
import { invalidInput, ProblemError } from '../problem.ts';
import type {
  Idempotency,
  KeyedEvents,
  PublishRequest,
  PublishResult,
  PublishStore,
  SettingsReader,
} from '../store/contract/index.ts';
import type { EventInput } from './prepare.ts';
import { eventProblems, prepareEvents } from './prepare.ts';
import { effectiveSettings } from './settings.ts';
import { Turns } from './turns.ts';

/** The dispatcher, as this stage sees it. */
export interface DeliveryStart {
  birth(): Birth;
  dispatch(dispatch: Dispatch): void;
}

export interface PublisherParts {
  readonly catalogue: Catalogue;
  readonly store: Pick<PublishStore, 'publish'> & SettingsReader;
  readonly delivery: DeliveryStart;
  /** Goes on with events that have many webhooks. */
  readonly fanOut: { wake(): void };
  readonly clock: Clock;
  readonly log: Logger;
}

export interface PublishCall {
  readonly organizationId: string;
  readonly events: readonly GivenEvent[];
  readonly idempotency: Idempotency | null;
  /** Whether the valid events are published when others are rejected. Default: none is. */
  readonly partial?: boolean;
  /** The path of an event in the request, for errors: `''` or `events.0.`. */
  readonly field: (index: number) => string;
}

/** An event of a request. */
export interface GivenEvent {
  /** Null when it has `errors` that leave nothing to publish. */
  readonly input: EventInput | null;
  /** What is wrong with it so far; fields within the event. */
  readonly errors: readonly FieldError[];
  /** Its own. */
  readonly idempotency: Idempotency | null;
}

/** What became of each given event, in their order. */
export type Published = readonly (PublishedEvent | RejectedEvent)[];

/** Its id and the events derived from it. */
export interface PublishedEvent {
  readonly id: string;
  readonly derived: readonly { readonly id: string; readonly type: string }[];
}

export interface RejectedEvent {
  readonly code: 'invalid_input' | 'idempotency_key_reused';
  readonly errors: readonly FieldError[];
}

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

/** Errors of one event: enough to correct it. */
const mostErrors = 10;

const keyReused: RejectedEvent = {
  code: 'idempotency_key_reused',
  errors: [{ field: 'idempotency_key', message: 'was used for another event; use a new key for a new event' }],
};

/** Publish → validate → prepare → store and fan out, in one transaction. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #batch: Batch<Waiting>;
  readonly #turns = new Turns();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#batch = new Batch({ write: (waiting) => this.#store(waiting), take: (waiting) => this.#turns.take(waiting) });
  }

  /**
   * Publishes all of the events or none; with `partial`, those that are valid. Once this resolves, they are stored
   * durably.
   *
   * @throws {ProblemError} `invalid_input`, naming every wrong field; `idempotency_key_reused`.
   */
  async publish(call: PublishCall): Promise<Published> {
    const settings = await this.#settings(call);
    const errors = await inTurns(call.events, (event) => this.#validate(event, settings));
    if (!call.partial) requireNone(call, errors);
    const groups = await inTurns(call.events, ({ input }, index) =>
      input && errors[index]?.length === 0 ? this.#prepare(call.organizationId, input, settings) : null,
    );
    const answer = groups.map((group, index) => (group ? published(group) : rejected(errors[index] ?? [])));
    const events = groups.flatMap((group) => group ?? []);
    if (events.length === 0) return answer;
    const { organizationId, idempotency, partial = false } = call;
    const request = { organizationId, idempotency, events, answer: JSON.stringify(answer), partial };
    const answered = await this.#stored({ ...request, keyed: keyedEvents(call, groups) });
    return this.#carryOn(answered, request, call);
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
      this.#turns.note(requests, results);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result) resolve({ result, askedAt });
        else reject(new Error('The store gave no answer for a published event.'));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #carryOn({ result, askedAt }: Answered, { events }: PublishRequest, call: PublishCall): Published {
    if (result.kind === 'repeated') return answered(result.answer);
    if (result.kind === 'key_reused') throw reuse(call, result.events);
    const work = result.work.flatMap(({ eventIndex, ...rest }) => {
      const event = events[eventIndex];
      return event ? [{ ...rest, event }] : [];
    });
    const dropped = new Set(result.dropped);
    const stored = events.filter((_, index) => !dropped.has(index));
    this.#parts.delivery.dispatch({ ...result, work, askedAt, eventIds: stored.map(({ id }) => id) });
    if (result.deferred) this.#parts.fanOut.wake();
    this.#log(stored, result.matched);
    return answered(result.answer);
  }

  async #settings({ organizationId, events }: PublishCall): Promise<ReadonlyMap<string, JsonObject>> {
    const settings = new Map<string, JsonObject>();
    for (const id of new Set(events.map(({ input }) => input?.provider ?? ''))) {
      const provider = this.#parts.catalogue.provider(id);
      if (provider) settings.set(id, await effectiveSettings(this.#parts.store, organizationId, provider));
    }
    return settings;
  }

  #validate({ input, errors }: GivenEvent, settings: ReadonlyMap<string, JsonObject>): FieldError[] {
    const found = input ? eventProblems(this.#parts.catalogue, input, settings.get(input.provider) ?? {}) : [];
    return [...errors, ...found].slice(0, mostErrors);
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

function published([first, ...derived]: readonly [Event, ...Event[]]): PublishedEvent {
  return { id: first.id, derived: derived.map(({ id, type }) => ({ id, type })) };
}

function rejected(errors: readonly FieldError[]): RejectedEvent {
  return { code: 'invalid_input', errors };
}

/** An answer as the store has it. */
function answered(text: string): Published {
  return (JSON.parse(text) as (Published[number] | null)[]).map((each) => each ?? keyReused);
}

function requireNone({ field }: PublishCall, errors: readonly (readonly FieldError[])[]): void {
  const all = errors.flatMap((some, index) => prefixed(field(index), some));
  if (all.length > 0) throw invalidInput(all);
}

function prefixed(path: string, errors: readonly FieldError[]): FieldError[] {
  return errors.map(({ field, message }) => ({ field: path + field, message }));
}

/** @param events those whose own key was used before; none: it was the request's. */
function reuse({ idempotency, field }: PublishCall, events: readonly number[] = []): ProblemError {
  const detail =
    events.length > 0
      ? 'Idempotency keys of this batch were used for other events. Use a new key for a new event.'
      : `The idempotency key "${idempotency?.key}" was used for another body. Use a new key for a new request.`;
  const errors = events.flatMap((index) => prefixed(field(index), keyReused.errors));
  return new ProblemError('idempotency_key_reused', detail, errors);
}

function keyedEvents({ events }: PublishCall, groups: readonly (readonly Event[] | null)[]): KeyedEvents[] {
  let from = 0;
  return groups.flatMap((group, index) => {
    const count = group?.length ?? 0;
    const idempotency = group && events[index]?.idempotency;
    from += count;
    return idempotency ? { ...idempotency, index, from: from - count, count } : [];
  });
}
