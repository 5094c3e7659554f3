export interface MemorySettings {
  /** Deliveries of one webhook in memory. */
  readonly windowPerWebhook: number;
  /** Deliveries in memory in all. */
  readonly window: number;
}

/** Webhooks that one claim looks at, and while memory is full. */
const lanesPerClaim = 32;
const fewLanes = 4;
/** The share of memory from which on lanes have to make room for others. */
const crowded = 0.9;

/** The deliveries in this node's memory, and how its room is shared out (docs/adr/0013-turns-on-the-wire.md). */
export class Memory {
  readonly #settings: MemorySettings;
  readonly #ids = new Set<string>();

  constructor(settings: MemorySettings) {
    this.#settings = settings;
  }

  has(deliveryId: string): boolean {
    return this.#ids.has(deliveryId);
  }

  /** False when it is there already. */
  add(deliveryId: string): boolean {
    if (this.#ids.has(deliveryId)) return false;
    this.#ids.add(deliveryId);
    return true;
  }

  drop(deliveryId: string): void {
    this.#ids.delete(deliveryId);
  }

  get isFull(): boolean {
    return this.#ids.size >= this.#settings.window;
  }

  get isCrowded(): boolean {
    return this.#ids.size >= this.#settings.window * crowded;
  }

  /**
   * Deliveries that one lane may have in memory now. It gets less as memory fills: lanes that do not get on, however many,
   * never fill it all, and those that do always find room.
   */
  get ofLane(): number {
    const { window, windowPerWebhook } = this.#settings;
    const free = Math.max(0, window - this.#ids.size) / window;
    return Math.max(1, Math.floor(windowPerWebhook * Math.min(1, 2 * free)));
  }

  /** Lanes that one claim looks at: at least some, so that each goes on also while others fill the memory. */
  get lanesOfClaim(): number {
    const free = this.#settings.window - this.#ids.size;
    return Math.min(lanesPerClaim, Math.max(fewLanes, Math.floor(free / this.ofLane)));
  }

  /** Deliveries that each of so many lanes keeps when all have to make room. */
  shareOf(lanes: number): number {
    return Math.max(1, Math.floor(this.#settings.window / 2 / lanes));
  }
}
