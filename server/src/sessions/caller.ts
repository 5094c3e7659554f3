import type { Scope } from '@bellhop/shared';
import type { Organization, Session } from '../model.ts';
import { ProblemError } from '../problem.ts';

export type Caller = KeyCaller | SessionCaller;

/** The operator (`root`), or an API key of an organization. */
export type KeyCaller =
  | { readonly kind: 'root' }
  | {
      readonly kind: 'key';
      readonly keyId: string;
      readonly organization: Organization;
      readonly scopes: readonly Scope[];
    };

/** A browser signed in to the dashboard. */
export interface SessionCaller {
  readonly kind: 'session';
  readonly session: Session;
  readonly organization: Organization;
  readonly scopes: readonly Scope[];
}

/** A caller that belongs to an organization. */
export type Tenant = Exclude<Caller, { kind: 'root' }>;

/** @throws {ProblemError} `forbidden` for the root key, which belongs to no organization. */
export function tenantOf(caller: Caller): Tenant {
  if (caller.kind !== 'root') return caller;
  throw new ProblemError('forbidden', 'The root key belongs to no organization. Use an API key of the organization.');
}

export function hasScopes(caller: Caller, scopes: readonly Scope[]): boolean {
  return grantedBy(caller) === undefined || scopes.every((scope) => grantedBy(caller)?.includes(scope));
}

/** The scopes that the caller has and can grant to others; undefined: all. */
export function grantedBy(caller: Caller): readonly Scope[] | undefined {
  return caller.kind === 'root' || caller.scopes.includes('admin') ? undefined : caller.scopes;
}
