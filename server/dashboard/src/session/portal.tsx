import { Alert, Loader, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { request } from '../api/client.ts';
import { explain, fieldProblems } from '../api/problems.ts';
import { useEnter } from './session.tsx';
import { Welcome } from './welcome.tsx';

/** Lets in who comes by a portal link, `/portal#<token>`, and leaves no trace of the token in the address. */
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
    <Welcome title="This link does not let you in">
      <Alert color="red" role="alert">
        {fieldProblems(error).portal_token ? 'It is not complete.' : explain(error)}
      </Alert>
      <Text size="sm">Go back to where you got the link from and open it again there.</Text>
    </Welcome>
  );
}
