import { Redirect, Route, Switch } from 'wouter';
import type { Address } from './addresses.ts';
import { addresses, entrances } from './addresses.ts';
import type { FetchedPage } from './parts/fetched-page.tsx';
import { fetchedPage } from './parts/fetched-page.tsx';

/** What is shown at every address; what an address names is given to its page. */
const pages: Readonly<Record<Address, FetchedPage>> = {
  '/connect': fetchedPage(() => import('./pages/connect/connect.tsx')),
  '/webhooks': fetchedPage(() => import('./pages/webhooks/webhooks.tsx')),
  '/webhooks/new': fetchedPage(() => import('./pages/webhooks/new-webhook.tsx')),
  '/webhooks/:id': fetchedPage(() => import('./pages/webhook/one-webhook.tsx')),
  '/webhooks/:id/edit': fetchedPage(() => import('./pages/webhooks/edit-webhook.tsx')),
  '/events': fetchedPage(() => import('./pages/events/events.tsx')),
  '/events/:id': fetchedPage(() => import('./pages/events/one-event.tsx')),
  '/catalogue': fetchedPage(() => import('./pages/catalogue/catalogue.tsx')),
  '/catalogue/:provider/:type': fetchedPage(() => import('./pages/catalogue/one-event-type.tsx')),
  '/settings': fetchedPage(() => import('./pages/settings/settings.tsx')),
};
const notFound = fetchedPage(() => import('./pages/not-found.tsx'));

/** What people see first. */
const first: Address = '/connect';

export function Pages() {
  return (
    <Switch>
      {entrances.map((path) => (
        <Route key={path} path={path}>
          <Redirect to={first} replace />
        </Route>
      ))}
      {/* The first that fits counts. */}
      {addresses.map((path) => {
        const { Page } = pages[path];
        return (
          <Route key={path} path={path}>
            {/* Another webhook's page is another page, not the same one with other words. */}
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

/** Begins to fetch the page of an address, while it is still being found out who is there. */
export function fetchAhead(address: string): void {
  const shown = entrances.some((path) => path === address) ? first : address;
  const path = addresses.find((each) => fits(each, shown));
  if (path) pages[path].fetch();
}

function fits(path: string, address: string): boolean {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`).test(address);
}

/** The parts of an address by name, without what stands there by number as well. */
function named(params: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      /^\d+$/.test(name) || value === undefined ? [] : [[name, decodeURIComponent(value)]],
    ),
  );
}
