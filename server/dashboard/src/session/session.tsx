import type { Scope } from '@bellhop/shared';
import { ApiError } from '@bellhop/shared/call';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { createContext, use } from 'react';
import { request } from '../api/client.ts';
import type { Session } from '../api/resources.ts';

/** The query that holds who is signed in; null: nobody. */
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

/** Who is signed in. Only for pages that are shown to somebody who is. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('There is no session around this page.');
  return session;
}

/** Whether the session may do what needs this scope; what it may not is shown, and disabled. */
export function useMay(scope: Scope): boolean {
  const { scopes } = useSession();
  return scopes.includes(scope) || scopes.includes('admin');
}

/** Makes the app show a session, or the sign-in page for null. Nothing that was read in another one is kept. */
export function useEnter() {
  const client = useQueryClient();
  return async (session: Session | null) => {
    // An older question, of when nobody was in yet, is not to be answered any more.
    await client.cancelQueries({ queryKey: sessionKey });
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    client.setQueryData(sessionKey, session);
  };
}

/** Ends the session, here and at the server. */
export function useSignOut() {
  const enter = useEnter();
  return useMutation({ mutationFn: () => request('deleteSession', {}), onSuccess: () => enter(null) });
}
