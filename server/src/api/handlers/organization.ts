import { notFound } from '../../problem.ts';
import type { Caller } from '../../sessions/caller.ts';
import type { OrganizationReader } from '../../store/contract/index.ts';

/** @throws {ProblemError} `not_found`, unless the organization exists and the caller is the operator or a member. */
export async function requireOrganization(store: OrganizationReader, id: string, caller: Caller): Promise<void> {
  const foreign = caller.kind !== 'root' && caller.organization.id !== id;
  if (foreign || !(await store.getOrganization(id))) throw notFound('organization');
}
