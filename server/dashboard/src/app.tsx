import { Center, Loader, MantineProvider } from '@mantine/core';
import { useMemo, useRef } from 'react';
import { Route, Router, Switch } from 'wouter';
import { SignIn } from './pages/sign-in.tsx';
import { Pages, prefetch } from './pages.tsx';
import { Problem } from './parts/problem.tsx';
import { Toasts } from './parts/toasts.tsx';
import { Portal } from './session/portal.tsx';
import { SessionProvider, useSessionQuery } from './session/session.tsx';
import { Shell } from './shell/shell.tsx';
import { readableColors, themeOf } from './shell/theme.ts';

/** Lets Mantine's style elements pass the content security policy. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

// Mantine's dialogs read it from here to lock scrolling (package get-nonce).
Object.assign(globalThis, { __webpack_nonce__: nonce });

const base = new URL(document.baseURI).pathname.replace(/\/+$/, '');

prefetch(window.location.pathname.slice(base.length));

export function App() {
  const session = useSessionQuery();
  const color = session.data?.theme.color;
  const theme = useMemo(() => themeOf(color), [color]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readableColors}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Router base={base}>
        <Switch>
          <Route path="/portal">
            <Portal />
          </Route>
          <Route>
            <Entrance session={session} />
          </Route>
        </Switch>
      </Router>
      <Toasts />
    </MantineProvider>
  );
}

function Entrance({ session }: { readonly session: ReturnType<typeof useSessionQuery> }) {
  const wasIn = useRef(false);
  if (session.isPending) {
    return (
      <Center component="main" mih="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (session.isError) {
    return (
      <Center component="main" mih="100vh" p="md">
        <Problem error={session.error} onRetry={() => void session.refetch()} />
      </Center>
    );
  }
  if (!session.data) return <SignIn ended={wasIn.current} />;
  wasIn.current = true;
  return (
    <SessionProvider session={session.data}>
      <Shell>
        <Pages />
      </Shell>
    </SessionProvider>
  );
}
