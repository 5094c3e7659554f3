/** Times that tests shorten. */
export interface Tuning {
  /** How often a node compares what it has with what the store says it has. */
  readonly lookMs: number;
  /** How long a node keeps a lane at least that is another's by now, so that it does not go to and fro. */
  readonly guestMs: number;
}

export const defaultTuning: Tuning = { lookMs: 5000, guestMs: 10_000 };
