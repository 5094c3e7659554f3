import { Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useState } from 'react';
import { request } from '../api/client.ts';
import { explain } from '../api/problems.ts';
import { SecretInput } from '../parts/secret-input.tsx';
import { useEnter } from '../session/session.tsx';
import { Welcome } from '../session/welcome.tsx';

/** Exchanges an API key for a session. The key is not stored. */
export function SignIn({ ended }: { readonly ended: boolean }) {
  const enter = useEnter();
  const [key, setKey] = useState('');
  const signIn = useMutation({
    mutationFn: async () => {
      if (key.trim() === '') throw new Error('Enter an API key.');
      await request('createSession', { body: { api_key: key.trim() } });
      // Read back, to detect a browser that rejects the cookie.
      return request('getSession', {});
    },
    onSuccess: enter,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <Welcome title="Sign in">
      {ended && !signIn.isError && <Text role="status">Your session has ended. Sign in again to continue.</Text>}
      <form onSubmit={submit}>
        <Stack>
          <SecretInput
            label="API key"
            description="Starts with sk_live_. It is exchanged for a session and not stored in the browser."
            value={key}
            onChange={setKey}
            error={signIn.isError ? explain(signIn.error) : undefined}
          />
          <Button type="submit" loading={signIn.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Welcome>
  );
}
