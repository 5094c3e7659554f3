import type { Selection, StandardEvent, Subscription } from '@bellhop/shared/connector';
import * as connector from '@bellhop/shared/connector';
import type { Bundle, ZObject } from 'zapier-platform-core';
import { connect } from './server.ts';

/** Zapier stores the result and passes it with every request to the hook. */
export async function subscribe(z: ZObject, bundle: Bundle, selection: Selection): Promise<Subscription> {
  // Zapier names the Zap only here, and not always.
  const zap = bundle.meta?.zap?.id;
  const { id, signing_secret } = await connector.subscribe(connect(z, bundle), {
    ...selection,
    target_url: bundle.targetUrl ?? '',
    platform: 'zapier',
    external_id: zap ? String(zap) : undefined,
  });
  return { id, signing_secret };
}

/** Any 404 will do: a subscription that the server still has ends at the first 410, which a Zap that is off answers. */
export async function unsubscribe(z: ZObject, bundle: Bundle): Promise<Record<never, never>> {
  const id = bundle.subscribeData?.id;
  if (id) await connector.unsubscribe(connect(z, bundle), id, ({ status }) => status === 404 || status === 410);
  return {};
}

export interface Samples {
  /** Recent events, newest first. */
  readonly real: readonly StandardEvent[];
  /** The static sample of each event type. */
  readonly fixed: readonly StandardEvent[];
}

export async function listSamples(z: ZObject, bundle: Bundle, selection: Selection): Promise<Samples> {
  const server = connect(z, bundle);
  const lists = await Promise.all(selection.events.map((event) => connector.sampleEvents(server, event, selection)));
  const real = lists.flatMap((list) => list.slice(0, -1));
  const fixed = lists.flatMap((list) => list.slice(-1));
  return {
    real: real.toSorted((one, other) => Date.parse(other.timestamp) - Date.parse(one.timestamp)),
    // Zapier drops items with the same id.
    fixed: fixed.length === 1 ? fixed : fixed.map((event) => ({ ...event, id: `${event.id}_${event.type}` })),
  };
}
