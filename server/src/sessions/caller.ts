import type { Scope } from '@bellhop/shared';
import type { Organization, Origin, Session } from '../model.ts';
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

/** The origin of what this caller makes. `apiKeyId`: the key that its scopes come from. */
export function originOf(caller: Caller): Origin & { readonly apiKeyId: string | null } {
  if (caller.kind === 'root') return { madeBy: 'root', parentId: null, apiKeyId: null };
  if (caller.kind === 'key') return { madeBy: caller.keyId, parentId: caller.keyId, apiKeyId: caller.keyId };
  const { id, linkId, apiKeyId } = caller.session;
  return { madeBy: id, parentId: linkId ?? apiKeyId, apiKeyId };
}

export const byOperator = originOf({ kind: 'root' });

/** What is wrong with a caller whose key or link was revoked in this moment. */
export function revokedMeanwhile(): ProblemError {
  return new ProblemError(
    'unauthorized',
    'What you signed in with was revoked. Sign in again, or use another API key.',
  );
}

export function hasScopes(caller: Caller, scopes: readonly Scope[]): boolean {
  return grantedBy(caller) === undefined || scopes.every((scope) => grantedBy(caller)?.includes(scope));
}

/** The scopes that the caller has and can grant to others; undefined: all. */
export function grantedBy(caller: Caller): readonly Scope[] | undefined {
  return caller.kind === 'root' || caller.scopes.includes('admin') ? undefined : caller.scopes;
}
