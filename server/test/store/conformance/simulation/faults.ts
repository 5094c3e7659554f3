import type { World } from '../world.ts';
import type { Cluster } from './cluster.ts';
import type { SimulatedNode } from './node.ts';

/** What must never be true of nodes and their store, whatever happened. Each list is empty when all is well. */
export interface Faults {
  /** Nodes that were told of a lane that it is theirs, while another believed the same. */
  readonly rivals: readonly unknown[];
  /** Nodes that believe of a lane that it is theirs, while the store does not, and may give it to another. */
  readonly mistakenOwners: readonly unknown[];
  /** Lanes of a node that is alive, which it does not know of: nobody would send what comes for them. */
  readonly forgottenLanes: readonly unknown[];
  /** Backlogs of a node that is alive, which it does not know of: nobody would ever refill from them. */
  readonly forgottenBacklogs: readonly unknown[];
  /** Deliveries that a node which is alive holds without knowing of them: nobody would ever send them. */
  readonly forgottenDeliveries: readonly unknown[];
}

/** Looks at all of them. Nothing may be under way meanwhile. */
export async function faultsOf(world: World, { nodes, rivals }: Cluster): Promise<Faults> {
  const each = await Promise.all(nodes.map((node) => faultsOfNode(world, node)));
  return {
    rivals,
    mistakenOwners: each.flatMap((faults) => faults.mistakenOwners),
    forgottenLanes: each.flatMap((faults) => faults.forgottenLanes),
    forgottenBacklogs: each.flatMap((faults) => faults.forgottenBacklogs),
    forgottenDeliveries: each.flatMap((faults) => faults.forgottenDeliveries),
  };
}

async function faultsOfNode(world: World, node: SimulatedNode): Promise<Omit<Faults, 'rivals'>> {
  const { id, owned, backlogged, held, announced, careless, uninformed } = node;
  const lanes = await world.tables.selectFrom('lanes').selectAll().where('owner', '=', id).execute();
  const deliveries = await world.tables
    .selectFrom('deliveries')
    .innerJoin('lanes', 'lanes.webhook_id', 'deliveries.webhook_id')
    .selectAll('deliveries')
    .select('lanes.ordering')
    .where('deliveries.owner', '=', id)
    .execute();
  const ids = new Set(lanes.map((lane) => lane.webhook_id));
  const elsewhere = careless ? [] : [...owned.keys()].filter((webhookId) => !ids.has(webhookId));
  const unknownLanes = lanes.filter((lane) => !owned.has(lane.webhook_id));
  const unknownBacklogs = lanes.filter((lane) => lane.backlogged === 1 && !backlogged.has(lane.webhook_id));
  const unknownDeliveries = deliveries.filter((delivery) => !held.has(delivery.id));
  // What it was told to fetch it will know; what it was not told because something got lost, it finds when it asks. So it
  // does what was assigned to it before its webhook was to keep order.
  const findable = uninformed ? await findableBy(world, id) : new Set<string>();
  return {
    mistakenOwners: await whereLive(world, elsewhere),
    forgottenLanes: unknownLanes.filter((lane) => announced.size === 0 && !findable.has(lane.webhook_id)),
    forgottenBacklogs: unknownBacklogs.filter((lane) => !findable.has(`${lane.webhook_id} backlogged`)),
    forgottenDeliveries: unknownDeliveries.filter(
      ({ event_id: eventId, id: deliveryId, ordering }) =>
        !announced.has(eventId) && ordering !== 'fifo' && !findable.has(deliveryId),
    ),
  };
}

async function findableBy(world: World, node: string): Promise<Set<string>> {
  const { deliveryIds, lanes } = await world.store.holdings(node);
  const backlogs = lanes.filter(({ backlogged }) => backlogged);
  return new Set([
    ...deliveryIds,
    ...lanes.map(({ webhookId }) => webhookId),
    ...backlogs.map(({ webhookId }) => `${webhookId} backlogged`),
  ]);
}

/** Those of these lanes that anybody may ever own again. */
function whereLive(world: World, webhookIds: readonly string[]): Promise<unknown[]> {
  if (webhookIds.length === 0) return Promise.resolve([]);
  return world.tables
    .selectFrom('lanes')
    .selectAll()
    .where('webhook_id', 'in', webhookIds)
    .where('state', 'in', ['open', 'closed'])
    .execute();
}
