/**
 * News between the nodes that share a store. It makes things quick and nothing more: news may get lost, so whoever listens
 * also looks into the store from time to time.
 */
export interface Signals {
  /** Begins to listen; what this node says itself is not heard. */
  start(listener: SignalListener): void;
  /** Says it to the others soon, together with what else is said in the same moment. Never throws. */
  tell(signal: Signal): void;
  /** Says what is still to be said, as far as that is possible, and listens no more. */
  stop(): Promise<void>;
}

export interface SignalListener {
  hear(signal: Signal): void;
  /** Something may have been missed: it listens again after a break. */
  missed(): void;
}

export type Signal =
  /** Deliveries of these events were given to a node at their birth; that node alone hears it. */
  | { readonly kind: 'born'; readonly node: string; readonly eventIds: readonly string[] }
  /** Deliveries wait in the store that a node may claim now. */
  | { readonly kind: 'due' }
  /** These webhooks were changed, stopped, resumed or deleted. */
  | { readonly kind: 'changed'; readonly webhookIds: readonly string[] };

/** For a store that one process has to itself. */
export const silence: Signals = { start() {}, tell() {}, async stop() {} };
