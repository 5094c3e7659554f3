export interface RoomSettings {
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

/** How much room there is in memory, and how it is shared out (docs/adr/0013-turns-on-the-wire.md). */
export class Room {
  readonly #settings: RoomSettings;
  readonly #held: () => number;

  /** @param held deliveries in memory now. */
  constructor(settings: RoomSettings, held: () => number) {
    this.#settings = settings;
    this.#held = held;
  }

  get isFull(): boolean {
    return this.#held() >= this.#settings.window;
  }

  get isCrowded(): boolean {
    return this.#held() >= this.#settings.window * crowded;
  }

  /**
   * Deliveries that one lane may have in memory now. It gets less as memory fills: lanes that do not get on, however many,
   * never fill it all, and those that do always find room.
   */
  get ofLane(): number {
    const { window, windowPerWebhook } = this.#settings;
    const free = Math.max(0, window - this.#held()) / window;
    return Math.max(1, Math.floor(windowPerWebhook * Math.min(1, 2 * free)));
  }

  /** Lanes that one claim looks at: at least some, so that each goes on also while others fill the memory. */
  get lanesOfClaim(): number {
    const free = this.#settings.window - this.#held();
    return Math.min(lanesPerClaim, Math.max(fewLanes, Math.floor(free / this.ofLane)));
  }

  /** Deliveries that each of so many lanes keeps when all have to make room. */
  partOf(lanes: number): number {
    return Math.max(1, Math.floor(this.#settings.window / 2 / lanes));
  }
}
