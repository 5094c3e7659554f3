import type { OperationRequest } from '@bellhop/shared';
import { ApiError, z as schemas } from '@bellhop/shared';
import type { Bundle, ZObject } from 'zapier-platform-core';
import { ask } from './server.ts';
import type { StandardEvent } from './standard-event.ts';
import { standardEvent } from './standard-event.ts';

/** What Zapier keeps of a subscription and hands back with every request to its hook. */
const subscription = schemas.object({ id: schemas.string(), signing_secret: schemas.string() });

export type Subscription = schemas.output<typeof subscription>;

/** What a Zap wants to hear of. */
export interface Wanted {
  readonly provider: string;
  readonly events: readonly string[];
  readonly filter: string | undefined;
}

/** Again with the same hook and event types, the server answers with the subscription that exists. */
export async function subscribe(z: ZObject, bundle: Bundle, wanted: Wanted): Promise<Subscription> {
  // Zapier tells the Zap only here, and not always.
  const zap = bundle.meta?.zap?.id;
  const body: OperationRequest<'subscribeHook'>['body'] = {
    provider: wanted.provider,
    events: [...wanted.events],
    target_url: bundle.targetUrl ?? '',
    platform: 'zapier',
    format: 'standard',
    ...(zap ? { external_id: String(zap) } : {}),
    ...(wanted.filter === undefined ? {} : { filter: wanted.filter }),
  };
  return ask(z, bundle, async (server) => subscription.parse(await server.subscribeHook({ body })));
}

/** A subscription that is no longer there is what was wanted. */
export async function unsubscribe(z: ZObject, bundle: Bundle): Promise<Record<never, never>> {
  const id = bundle.subscribeData?.id;
  if (!id) return {};
  await ask(z, bundle, (server) =>
    server.unsubscribeHook({ params: { id } }).catch((error: unknown) => {
      if (!(error instanceof ApiError && (error.status === 404 || error.status === 410))) throw error;
    }),
  );
  return {};
}

export interface Samples {
  /** Recent events, newest first. */
  readonly real: readonly StandardEvent[];
  /** The static sample of each event type. */
  readonly fixed: readonly StandardEvent[];
}

const samples = schemas.object({ data: schemas.array(standardEvent).min(1) });

export async function listSamples(z: ZObject, bundle: Bundle, { provider, events, filter }: Wanted): Promise<Samples> {
  const lists = await ask(z, bundle, (server) =>
    Promise.all(
      events.map(async (event) => {
        const query = { provider, event, ...(filter === undefined ? {} : { filter }) };
        return samples.parse(await server.getHookSample({ query })).data;
      }),
    ),
  );
  const real = lists.flatMap((list) => list.slice(0, -1));
  const fixed = lists.flatMap((list) => list.slice(-1));
  return {
    real: real.toSorted((one, other) => Date.parse(other.timestamp) - Date.parse(one.timestamp)),
    // Zapier takes two of the same id for one.
    fixed: fixed.length === 1 ? fixed : fixed.map((event) => ({ ...event, id: `${event.id}_${event.type}` })),
  };
}
