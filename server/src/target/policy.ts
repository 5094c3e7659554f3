import { type AddressAllowList, parseAllowList } from './addresses.ts';

/** The targets that an operator allows for webhooks. */
export interface TargetPolicy {
  /** Refuse `http://`, which others on the network can read and change. */
  readonly requireHttps: boolean;
  /** Allow this machine: 127.0.0.0/8, ::1, and the localhost names. */
  readonly allowLoopback: boolean;
  /** Allowed CIDR ranges and single addresses in the operator's network. */
  readonly allow: readonly string[];
}

export const productionPolicy: TargetPolicy = { requireHttps: true, allowLoopback: false, allow: [] };
export const developmentPolicy: TargetPolicy = { requireHttps: false, allowLoopback: true, allow: [] };

const allowLists = new WeakMap<TargetPolicy, AddressAllowList>();

/**
 * The addresses that a policy allows besides public ones. Parsed once per policy object.
 *
 * @throws an error that names an invalid entry of `policy.allow`
 */
export function allowListOf(policy: TargetPolicy): AddressAllowList {
  const known = allowLists.get(policy);
  if (known) return known;
  const list = parseAllowList(policy.allowLoopback ? [...policy.allow, '127.0.0.0/8', '::1'] : policy.allow);
  allowLists.set(policy, list);
  return list;
}
