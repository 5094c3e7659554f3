import { Alert, Loader, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { request } from '../api/client.ts';
import { explain, fieldProblems } from '../api/problems.ts';
import { useEnter } from './session.tsx';
import { Welcome } from './welcome.tsx';

/** Signs in with a portal link, `/portal#<token>`, and removes the token from the address. */
export function Portal() {
  const enter = useEnter();
  const [, navigate] = useLocation();
  const begun = useRef(false);
  const { mutate, error } = useMutation({
    mutationFn: async (token: string) => {
      await request('createSession', { body: { portal_token: token } });
      return request('getSession', {});
    },
    onSuccess: async (session) => {
      await enter(session);
      navigate('/', { replace: true });
    },
  });
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const token = window.location.hash.slice(1);
    window.history.replaceState(null, '', window.location.pathname);
    mutate(token);
  }, [mutate]);
  if (!error) {
    return (
      <Welcome title="Signing in">
        <Loader aria-label="Signing in" />
      </Welcome>
    );
  }
  return (
    <Welcome title="This link does not work">
      <Alert color="red" role="alert">
        {fieldProblems(error).portal_token ? 'The link is incomplete.' : explain(error)}
      </Alert>
      <Text size="sm">Go back to where you got the link and open it again.</Text>
    </Welcome>
  );
}
