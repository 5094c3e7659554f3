import type { OutgoingEvent, WireFormat } from '@bellhop/shared';
import type { Event } from '../model.ts';
import { bodyOf, toOutgoingEvent } from './render.ts';

/** Those of the latest events, in characters. */
const mostCharacters = 4 * 1024 * 1024;

interface Rendered {
  readonly event: OutgoingEvent;
  readonly body: string;
}

/**
 * Renders the bodies of deliveries. Those of the latest events are remembered: an event with many webhooks is parsed and
 * rendered once per format, and not once per webhook.
 */
export class Bodies {
  readonly #bodies = new Map<string, string>();
  #characters = 0;

  /** @throws whatever a provider's code does. */
  render(format: WireFormat, key: string, event: Event, deliveryId: string): Rendered {
    const name = `${event.id} ${key}`;
    let isOfDelivery = false;
    const outgoing = toOutgoingEvent(event, deliveryId, () => {
      isOfDelivery = true;
    });
    const known = this.#bodies.get(name);
    if (known !== undefined) return { event: outgoing, body: known };
    const body = bodyOf(format, outgoing);
    if (!isOfDelivery) this.#remember(name, body);
    return { event: outgoing, body };
  }

  #remember(name: string, body: string): void {
    this.#bodies.set(name, body);
    this.#characters += body.length;
    for (const [oldest, { length }] of this.#bodies) {
      if (this.#characters <= mostCharacters) break;
      this.#bodies.delete(oldest);
      this.#characters -= length;
    }
  }
}
