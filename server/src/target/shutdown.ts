const groups = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal is aborted. Returns a function that removes the listener.
 *
 * All callers share one event listener per signal: an AbortSignal searches all its listeners to add or remove one, and
 * every request of the server listens to the same signal.
 */
export function onShutdown(signal: AbortSignal, listener: () => void): () => void {
  const group = groups.get(signal) ?? newGroup(signal);
  group.add(listener);
  return () => group.delete(listener);
}

function newGroup(signal: AbortSignal): Set<() => void> {
  const group = new Set<() => void>();
  groups.set(signal, group);
  signal.addEventListener('abort', () => callAll(group), { once: true });
  return group;
}

function callAll(group: Set<() => void>): void {
  for (const listener of group) listener();
}
