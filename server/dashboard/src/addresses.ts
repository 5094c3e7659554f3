/*
 * The paths of the dashboard. The app shows a page at each (pages.tsx); the server serves the app there, so that a page
 * can be reloaded and linked to (server/src/dashboard/serve.ts).
 */

/** Entry points; the app redirects from them. */
export const entrances = ['/', '/sign-in', '/portal'] as const;

/** `:name` is a parameter of the page. */
export const addresses = [
  '/connect',
  '/webhooks',
  '/webhooks/new',
  '/webhooks/:id',
  '/webhooks/:id/edit',
  '/events',
  '/events/:id',
  '/catalogue',
  '/catalogue/:provider/:type',
  '/settings',
] as const;

export type Address = (typeof addresses)[number];
