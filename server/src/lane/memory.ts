export interface MemorySettings {
  /** Deliveries of one webhook in memory. */
  readonly windowPerWebhook: number;
  /** Deliveries in memory in all. */
  readonly window: number;
  /** Bytes of their events. */
  readonly windowBytes: number;
}

/** Webhooks that one claim looks at, and while memory is full. */
const lanesPerClaim = 32;
const fewLanes = 4;
/** The share of memory from which on lanes have to make room for others. */
const crowded = 0.9;
/** Of the events that one claim brings, about. */
const bytesPerClaim = 4 * 1024 * 1024;
/** The share of what is free that one claim may fill, as there are several at a time. */
const shareOfClaim = 1 / 4;

/** The deliveries in this node's memory, and how its room is shared out (docs/adr/0013-turns-on-the-wire.md). */
export class Memory {
  readonly #settings: MemorySettings;
  /** With the bytes of their events. */
  readonly #deliveries = new Map<string, number>();
  #bytes = 0;
  /** For claims under way. */
  #reserved = 0;

  constructor(settings: MemorySettings) {
    this.#settings = settings;
  }

  has(deliveryId: string): boolean {
    return this.#deliveries.has(deliveryId);
  }

  /** False when it is there already. */
  add(deliveryId: string, bytes: number): boolean {
    if (this.#deliveries.has(deliveryId)) return false;
    this.#deliveries.set(deliveryId, bytes);
    this.#bytes += bytes;
    return true;
  }

  drop(deliveryId: string): void {
    this.#bytes -= this.#deliveries.get(deliveryId) ?? 0;
    this.#deliveries.delete(deliveryId);
  }

  get isFull(): boolean {
    return this.#free === 0;
  }

  get isCrowded(): boolean {
    return this.#free <= 1 - crowded;
  }

  /** The share of memory that is free, by deliveries or by bytes. */
  get #free(): number {
    const { window, windowBytes } = this.#settings;
    return Math.max(0, 1 - Math.max(this.#deliveries.size / window, (this.#bytes + this.#reserved) / windowBytes));
  }

  /**
   * Deliveries that one lane may have in memory now. It gets less as memory fills: lanes that do not get on, however many,
   * never fill it all, and those that do always find room.
   */
  get ofLane(): number {
    return Math.max(1, Math.floor(this.#settings.windowPerWebhook * Math.min(1, 2 * this.#free)));
  }

  /** Lanes that one claim looks at: at least some, so that each goes on also while others fill the memory. */
  get lanesOfClaim(): number {
    const free = this.#settings.window * this.#free;
    return Math.min(lanesPerClaim, Math.max(fewLanes, Math.floor(free / this.ofLane)));
  }

  /** Sets room aside for the events of a claim. Returns their bytes: at least 1, so that each lane goes on. */
  reserve(): number {
    const bytes = Math.max(1, Math.min(bytesPerClaim, this.#settings.windowBytes * this.#free * shareOfClaim));
    this.#reserved += bytes;
    return bytes;
  }

  /** The claim has brought what it brings. */
  settle(reserved: number): void {
    this.#reserved -= reserved;
  }

  /** Deliveries that each of so many lanes keeps when all have to make room. */
  shareOf(lanes: number): number {
    return Math.max(1, Math.floor(this.#settings.window / 2 / lanes));
  }
}
