import type { Catalogue, JsonObject, OutgoingEvent, Provider } from '@bellhop/shared';
import { matchesFilter, parseFilter, standardFormat, standardSample } from '@bellhop/shared';
import type { RenderedRequest } from '../attempt/render.ts';
import { completeRequest, toOutgoingEvent } from '../attempt/render.ts';
import { newId } from '../ids.ts';
import type { Event } from '../model.ts';
import { invalidInput } from '../problem.ts';
import { prepareEvents, unknownEventType, unknownProvider } from '../publish/prepare.ts';
import { effectiveSettings } from '../publish/settings.ts';
import { newSigningSecret } from '../security/keys.ts';
import type { EventLog, SettingsReader } from '../store/contract/index.ts';
import type { TargetPolicy } from '../target/policy.ts';
import type { WebhookDraft } from './rules.ts';
import { secretUse, webhookProblems } from './rules.ts';

export interface SampleParts {
  readonly catalogue: Catalogue;
  readonly store: SettingsReader;
  readonly targets: TargetPolicy;
  readonly userAgent: string;
}

/**
 * The sample of an event type as a test event, prepared by the organization's settings like a live one.
 *
 * @throws {ProblemError} `invalid_input`, when the catalogue has no such event type.
 */
export async function sampleEvent(
  parts: Pick<SampleParts, 'catalogue' | 'store'>,
  given: { organizationId: string; provider: string; type: string; now: number },
): Promise<Event> {
  const { provider, sample } = lookUp(parts.catalogue, given.provider, given.type);
  const settings = await effectiveSettings(parts.store, given.organizationId, provider);
  const input = { provider: provider.id, type: given.type, data: sample, occurredAt: given.now };
  const [event] = prepareEvents(provider, input, settings, given);
  if (!event) throw new Error(`The provider "${provider.id}" prepared no event of "${given.type}".`);
  return { ...event, test: true };
}

/** Real events in a list of samples. */
const shownEvents = 3;
/** The newest events that are searched for those matching a filter. */
const searchedEvents = 50;
const searchedBytes = 4 * 1024 * 1024;

export interface SampleQuery {
  readonly organizationId: string;
  readonly provider: string;
  readonly type: string;
  /** Limits the real events to those that match. Already validated. */
  readonly filter: string | undefined;
}

/**
 * What a platform shows while a subscription is set up, in the standard format: recent real events, newest first, then
 * the static sample, prepared by the organization's settings.
 *
 * @throws {ProblemError} `invalid_input`, when the catalogue has no such event type.
 */
export async function hookSamples(
  parts: {
    readonly catalogue: Catalogue;
    readonly store: EventLog & SettingsReader;
  },
  query: SampleQuery,
): Promise<JsonObject[]> {
  const { organizationId, provider, type } = query;
  // The static sample has a fixed time.
  const fixed = await sampleEvent(parts, { ...query, now: 0 });
  const parsed = query.filter === undefined ? undefined : parseFilter(query.filter);
  const matches = (data: JsonObject) => !parsed?.ok || matchesFilter(parsed.filter, data);
  const limit = parsed ? searchedEvents : shownEvents;
  const page = { limit, bytes: searchedBytes };
  const recent = await parts.store.listEvents(organizationId, { provider, type, tests: false }, page);
  const shown = recent.items
    .map((event) => toOutgoingEvent(event, ''))
    .filter(({ data }) => matches(data))
    .slice(0, shownEvents);
  const real = shown.map((event) => ({ ...standardFormat.envelope(event) }));
  return [...real, { ...standardSample(provider, type, JSON.parse(fixed.data)) }];
}

/** The exact request that an unsaved webhook would send for an event type. */
export async function previewRequest(
  parts: SampleParts,
  organizationId: string,
  draft: WebhookDraft,
  now: number,
): Promise<RenderedRequest> {
  const problems = webhookProblems(parts.catalogue, parts.targets, draft);
  if (problems.length > 0)
    throw invalidInput(problems.map(({ field, message }) => ({ field: fieldOf(field), message })));
  const type = draft.events[0] ?? '';
  const event = await sampleEvent(parts, { organizationId, provider: draft.provider, type, now });
  const { provider } = lookUp(parts.catalogue, draft.provider, type);
  const generated = secretUse(provider, draft.format) === 'always' ? newSigningSecret() : null;
  const secret = draft.signingSecret ?? generated;
  const outgoing: OutgoingEvent = { ...toOutgoingEvent(event, newId('delivery')), test: false };
  return completeRequest({
    provider,
    webhook: { url: draft.url ?? '', format: draft.format },
    credentials: { authentication: draft.authentication, headers: draft.headers, secrets: secret ? [secret] : [] },
    event: outgoing,
    sentAt: now,
    userAgent: parts.userAgent,
  });
}

/** A preview takes one event type, a webhook a list. */
function fieldOf(field: string): string {
  return field === 'events.0' ? 'event' : field;
}

function lookUp(catalogue: Catalogue, providerId: string, type: string) {
  const provider: Provider | undefined = catalogue.provider(providerId);
  if (!provider) throw invalidInput([{ field: 'provider', message: unknownProvider(catalogue) }]);
  const eventType = catalogue.eventType(providerId, type);
  if (!eventType) throw invalidInput([{ field: 'event', message: unknownEventType(provider) }]);
  return { provider, sample: eventType.sample };
}
