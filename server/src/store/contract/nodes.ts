/** The nodes that share a store. */
export interface MembershipStore {
  /** The clock of the store, by which leases are judged, Unix milliseconds; null: it has none of its own. */
  time(): Promise<number | null>;
  /** Says that this node is alive, and whether it delivers; its leases hold until `aliveUntil`. */
  heartbeat(node: string, aliveUntil: number, delivers?: boolean): Promise<void>;
  /** The nodes that are alive at a time and deliver. */
  deliveringNodes(aliveAt: number): Promise<string[]>;
  /**
   * Releases, due now, everything of nodes whose lease ended before a time, but for these nodes. Returns how many
   * deliveries.
   */
  expire(except: readonly string[], endedBefore: number, now: number): Promise<number>;
  /** Ends this node: releases everything it holds. */
  leave(node: string, now: number): Promise<void>;
}
