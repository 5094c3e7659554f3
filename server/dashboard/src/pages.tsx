import { Redirect, Route, Switch } from 'wouter';
import type { Address } from './addresses.ts';
import { addresses, entrances } from './addresses.ts';
import type { LazyPage } from './parts/lazy-page.tsx';
import { lazyPage } from './parts/lazy-page.tsx';

/** The page at every address. Parameters of the address become its props. */
const pages: Readonly<Record<Address, LazyPage>> = {
  '/connect': lazyPage(() => import('./pages/connect/connect.tsx')),
  '/webhooks': lazyPage(() => import('./pages/webhooks/webhooks.tsx')),
  '/webhooks/new': lazyPage(() => import('./pages/webhooks/new-webhook.tsx')),
  '/webhooks/:id': lazyPage(() => import('./pages/webhook/one-webhook.tsx')),
  '/webhooks/:id/edit': lazyPage(() => import('./pages/webhooks/edit-webhook.tsx')),
  '/events': lazyPage(() => import('./pages/events/events.tsx')),
  '/events/:id': lazyPage(() => import('./pages/events/one-event.tsx')),
  '/catalogue': lazyPage(() => import('./pages/catalogue/catalogue.tsx')),
  '/catalogue/:provider/:type': lazyPage(() => import('./pages/catalogue/one-event-type.tsx')),
  '/settings': lazyPage(() => import('./pages/settings/settings.tsx')),
};
const notFound = lazyPage(() => import('./pages/not-found.tsx'));

const home: Address = '/connect';

export function Pages() {
  return (
    <Switch>
      {entrances.map((path) => (
        <Route key={path} path={path}>
          <Redirect to={home} replace />
        </Route>
      ))}
      {/* The first match wins. */}
      {addresses.map((path) => {
        const { Page } = pages[path];
        return (
          <Route key={path} path={path}>
            {/* The key remounts the page when its parameters change. */}
            {(params) => <Page key={JSON.stringify(params)} {...named(params)} />}
          </Route>
        );
      })}
      <Route>
        <notFound.Page />
      </Route>
    </Switch>
  );
}

/** Starts to load the code of a page while the session is still being read. */
export function prefetch(address: string): void {
  const shown = entrances.some((path) => path === address) ? home : address;
  const path = addresses.find((each) => matches(each, shown));
  if (path) pages[path].fetch();
}

function matches(path: string, address: string): boolean {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`).test(address);
}

/** The named parameters; wouter also lists each of them by number. */
function named(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      /^\d+$/.test(name) || value === undefined ? [] : [[name, decodeURIComponent(value)]],
    ),
  );
}
