import { type AddressAllowList, parseAllowList } from './addresses.ts';

/** What an operator admits as the target of a webhook. */
export interface TargetPolicy {
  /** Refuse `http://`, which anyone on the way can read and change. */
  readonly requireHttps: boolean;
  /** Admit this machine: 127.0.0.0/8, ::1, and the localhost names. */
  readonly allowLoopback: boolean;
  /** CIDR ranges and single addresses inside the operator's own network that deliveries may go to. */
  readonly allow: readonly string[];
}

export const productionPolicy: TargetPolicy = { requireHttps: true, allowLoopback: false, allow: [] };
export const developmentPolicy: TargetPolicy = { requireHttps: false, allowLoopback: true, allow: [] };

const allowLists = new WeakMap<TargetPolicy, AddressAllowList>();

/**
 * The addresses a policy admits beyond the public ones. Read once per policy object.
 *
 * @throws an error that names a bad entry of `policy.allow`
 */
export function allowListOf(policy: TargetPolicy): AddressAllowList {
  const known = allowLists.get(policy);
  if (known) return known;
  const list = parseAllowList(policy.allowLoopback ? [...policy.allow, '127.0.0.0/8', '::1'] : policy.allow);
  allowLists.set(policy, list);
  return list;
}
