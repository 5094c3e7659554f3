/*
 * The addresses of the dashboard: the app shows a page at each (pages.tsx), and the server serves the app there, so that a
 * page can be loaded anew and linked to (server/src/dashboard/serve.ts).
 */

/** Where people come in; the app sends them on. */
export const entrances = ['/', '/sign-in', '/portal'] as const;

/** What begins with `:` is a part that a page is about. */
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
