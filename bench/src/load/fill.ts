import { newId } from '@bellhop/server/ids';
import type { Credentials, Event, Webhook } from '@bellhop/server/model';
import type { Vault } from '@bellhop/server/security/vault';
import { fromDelivery, fromEvent, fromWebhook } from '@bellhop/server/store/rows';
import { slotOf } from '@bellhop/server/store/slots';
import { plainWebhook } from '@bellhop/server/test/webhook';
import { eventData, eventType, providerId } from './subject.ts';
import type { TableRow, TableWriter } from './tables.ts';
import { rowOf } from './tables.ts';

export interface Filling {
  readonly groups: number;
  /** Groups whose webhooks have nothing waiting; the others have {@link Filling.pendingPerWebhook} each. */
  readonly idleGroups: number;
  readonly pendingPerWebhook: number;
  /** The URL of a webhook. */
  readonly url: string;
  readonly vault: Vault;
}

/** An organization whose events all go to its {@link webhooksPerGroup} webhooks. */
export interface Group {
  readonly organizationId: string;
  readonly webhookIds: readonly string[];
}

export interface Filled {
  readonly backlogged: readonly Group[];
  readonly idle: readonly Group[];
}

export const webhooksPerGroup = 10;
const groupsPerTransaction = 1000;
const credentials: Credentials = {
  authentication: { type: 'none' },
  headers: {},
  secrets: ['whsec_bench_0123456789abcdefghijklmnopqrst'],
};

/** Fills a store, whose tables exist, with webhooks and deliveries that wait: straight into the tables. */
export async function fill(tables: TableWriter, filling: Filling): Promise<Filled> {
  try {
    const filled = await new Filler(tables, filling).fill();
    await tables.settle();
    return filled;
  } finally {
    await tables.close();
  }
}

class Filler {
  readonly #tables: TableWriter;
  readonly #filling: Filling;
  readonly #now = Date.now();
  #rows: TableRow[] = [];

  constructor(tables: TableWriter, filling: Filling) {
    this.#tables = tables;
    this.#filling = filling;
  }

  async fill(): Promise<Filled> {
    const { groups: count, idleGroups, pendingPerWebhook } = this.#filling;
    const groups: Group[] = [];
    await this.#inTransactions(shuffled(count), (place) => {
      // One group after the other is due, and neighbours in the queue lie far apart in the tables.
      groups.push(this.#group(groups.length < idleGroups ? null : this.#now - count + place));
    });
    const backlogged = groups.slice(idleGroups);
    // Round by round, as events come: one webhook's deliveries lie far apart in the tables.
    for (let round = 0; round < pendingPerWebhook; round += 1) {
      await this.#inTransactions(backlogged, (group) => this.#event(group));
    }
    return { backlogged, idle: groups.slice(0, idleGroups) };
  }

  /** @param dueAt when its lanes are due; null: nothing waits in them. */
  #group(dueAt: number | null): Group {
    const organizationId = newId('organization');
    this.#rows.push(rowOf('organizations', { id: organizationId, name: 'Bench', created_at: this.#now }));
    const webhookIds = Array.from({ length: webhooksPerGroup }, () => {
      const webhook = this.#webhook(organizationId);
      const subscription = { organization_id: organizationId, provider: providerId, event_type: eventType };
      this.#rows.push(
        rowOf('webhooks', fromWebhook(webhook)),
        rowOf('lanes', { webhook_id: webhook.id, state: 'open', due_at: dueAt, owner: null, slot: slotOf(webhook.id) }),
        rowOf('subscriptions', { ...subscription, webhook_id: webhook.id }),
      );
      return webhook.id;
    });
    return { organizationId, webhookIds };
  }

  #webhook(organizationId: string): Webhook {
    const id = newId('webhook');
    return plainWebhook({
      id,
      organizationId,
      provider: providerId,
      url: this.#filling.url,
      events: [eventType],
      sealed: this.#filling.vault.sealFor({ id }, credentials),
      createdAt: this.#now,
      updatedAt: this.#now,
    });
  }

  #event({ organizationId, webhookIds }: Group): void {
    const event = newEvent(organizationId);
    this.#rows.push(rowOf('events', fromEvent(event)));
    for (const webhookId of webhookIds) {
      const delivery = {
        id: newId('delivery'),
        eventId: event.id,
        webhookId,
        organizationId,
        test: false,
        state: 'pending',
        attempts: 0,
        failures: 0,
        nextAttemptAt: this.#now,
        createdAt: this.#now,
        completedAt: null,
      } as const;
      this.#rows.push(rowOf('deliveries', fromDelivery(delivery, null)));
    }
  }

  async #inTransactions<T>(items: readonly T[], make: (item: T) => void): Promise<void> {
    for (let start = 0; start < items.length; start += groupsPerTransaction) {
      items.slice(start, start + groupsPerTransaction).forEach(make);
      await this.#tables.write(this.#rows);
      this.#rows = [];
    }
  }
}

/** 0 to `count - 1` in any order. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, place) => ({ place, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ place }) => place);
}

/** An event as the publisher hands it to the store. */
export function newEvent(organizationId: string): Event {
  const now = Date.now();
  return {
    id: newId('event'),
    organizationId,
    provider: providerId,
    type: eventType,
    test: false,
    occurredAt: now,
    createdAt: now,
    data: eventData,
  };
}
