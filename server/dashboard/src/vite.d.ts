declare module 'virtual:routes' {
  import type { Operation, Route } from '@bellhop/shared';

  /** The route table without its schemas (vite.config.ts). */
  export const routes: { readonly [O in Operation]: Pick<Route, 'method' | 'path'> };
}
