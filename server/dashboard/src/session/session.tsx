import type { Scope } from '@bellhop/shared';
import { ApiError } from '@bellhop/shared/call';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { createContext, use } from 'react';
import { request } from '../api/client.ts';
import type { Session } from '../api/resources.ts';

/** Key of the query that holds the session; null: not signed in. */
export const sessionKey = ['getSession'] as const;

const SessionContext = createContext<Session | undefined>(undefined);

export function useSessionQuery() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await request('getSession', {}, signal);
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function SessionProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** The current session. Only for components inside {@link SessionProvider}. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('useSession needs a SessionProvider.');
  return session;
}

/** True if the session has the scope. Without it, controls are shown but disabled. */
export function useAllowed(scope: Scope): boolean {
  const { scopes } = useSession();
  return scopes.includes(scope) || scopes.includes('admin');
}

/** Switches to a session, or to the sign-in page for null, and drops everything read in the previous one. */
export function useEnter() {
  const client = useQueryClient();
  return async (session: Session | null) => {
    // A read that is still in flight must not overwrite the new session.
    await client.cancelQueries({ queryKey: sessionKey });
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    client.setQueryData(sessionKey, session);
  };
}

/** Ends the session, on the server and in the app. */
export function useSignOut() {
  const enter = useEnter();
  return useMutation({ mutationFn: () => request('deleteSession', {}), onSuccess: () => enter(null) });
}
