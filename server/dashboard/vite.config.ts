import { fileURLToPath } from 'node:url';
import { routes } from '@bellhop/shared/api';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';

const directory = fileURLToPath(new URL('.', import.meta.url));

const source = 'virtual:routes';

/** The route table without its schemas, which are several times larger and not needed in a browser. */
function routeTable(): Plugin {
  const table = Object.entries(routes).map(([operation, { method, path }]) => [operation, { method, path }]);
  return {
    name: 'route-table',
    resolveId: (id) => (id === source ? `\0${source}` : undefined),
    load: (id) =>
      id === `\0${source}` ? `export const routes = ${JSON.stringify(Object.fromEntries(table))}` : undefined,
  };
}

/** Fills in for `vite dev` what the server fills in when it serves the page (server/src/dashboard). */
function placeholders(): Plugin {
  return {
    name: 'placeholders',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace('%BASE%', '/').replace('%NONCE%', ''),
  };
}

export default defineConfig({
  root: directory,
  // The page sets its own base, because a proxy can serve it under a path.
  base: './',
  plugins: [react(), routeTable(), placeholders()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/openapi.json': 'http://127.0.0.1:8080' } },
  logLevel: 'warn',
});
