import { Center, Loader, MantineProvider } from '@mantine/core';
import { lazy, useMemo, useRef } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { Problem } from './parts/problem.tsx';
import { Toasts } from './parts/toasts.tsx';
import { Portal } from './session/portal.tsx';
import { SessionProvider, useSessionQuery } from './session/session.tsx';
import { SignIn } from './session/sign-in.tsx';
import { Shell } from './shell/shell.tsx';
import { readableColors, themeOf } from './shell/theme.ts';

const Connect = lazy(() => import('./pages/connect/connect.tsx'));
const Webhooks = lazy(() => import('./pages/webhooks/webhooks.tsx'));
const NewWebhook = lazy(() => import('./pages/webhooks/new-webhook.tsx'));
const EditWebhook = lazy(() => import('./pages/webhooks/edit-webhook.tsx'));
const OneWebhook = lazy(() => import('./pages/webhook/one-webhook.tsx'));
const Events = lazy(() => import('./pages/events/events.tsx'));
const OneEvent = lazy(() => import('./pages/events/one-event.tsx'));
const Catalogue = lazy(() => import('./pages/catalogue/catalogue.tsx'));
const OneEventType = lazy(() => import('./pages/catalogue/one-event-type.tsx'));
const Settings = lazy(() => import('./pages/settings/settings.tsx'));
const NotFound = lazy(() => import('./pages/not-found.tsx'));

/** Given for the elements that hold Mantine's styles, which the content security policy admits by it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

// Where Mantine's dialogs keep the page behind them from scrolling, they read it from here (the package get-nonce).
Object.assign(globalThis, { __webpack_nonce__: nonce });

const base = new URL(document.baseURI).pathname.replace(/\/+$/, '');

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

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/connect" replace />
      </Route>
      <Route path="/sign-in">
        <Redirect to="/connect" replace />
      </Route>
      <Route path="/connect" component={Connect} />
      <Route path="/webhooks" component={Webhooks} />
      <Route path="/webhooks/new" component={NewWebhook} />
      <Route path="/webhooks/:id">{({ id }) => <OneWebhook key={id} id={id} />}</Route>
      <Route path="/webhooks/:id/edit">{({ id }) => <EditWebhook key={id} id={id} />}</Route>
      <Route path="/events" component={Events} />
      <Route path="/events/:id">{({ id }) => <OneEvent key={id} id={id} />}</Route>
      <Route path="/catalogue" component={Catalogue} />
      <Route path="/catalogue/:provider/:type">
        {({ provider, type }) => (
          <OneEventType key={`${provider}/${type}`} provider={provider} type={decodeURIComponent(type)} />
        )}
      </Route>
      <Route path="/settings" component={Settings} />
      <Route component={NotFound} />
    </Switch>
  );
}
