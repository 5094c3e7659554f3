import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const flowsOverPostgres = [
  ...['backlog', 'filters', 'lanes', 'live-log', 'operate'],
  ...['operational', 'retries', 'rotation', 'statistics', 'store-trouble'],
];

const n8nAcceptance = {
  extends: true as const,
  test: {
    name: 'n8n',
    include: ['test/src/n8n/*.acceptance.ts'],
    setupFiles: 'test/src/n8n/workflow-package.ts',
    fileParallelism: false,
  },
};

/** `npm run test:all` has these too: they take their time, or wait for a lease to end. */
const long = '**/*.long.test.ts';

/** docs/adr/0023-tests-share-modules.md */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 3,
    isolate: false,
    // Only what hangs takes so long: no test is decided by how busy the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Node itself loads what is tested, as it does in production.
    experimental: { viteModuleRunner: false },
    globalSetup: 'test/src/harness/postgres/office.ts',
    setupFiles: 'server/test/setup.ts',
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node', import.meta.url)) },
    projects: [
      { extends: true, test: { name: 'unit', include: ['{shared,server}/test/**/*.test.ts'], exclude: [long] } },
      {
        extends: true,
        test: {
          name: 'flows',
          include: ['test/src/**/*.test.ts'],
          exclude: [long, 'test/src/zapier/**', 'test/src/n8n/**'],
        },
      },
      {
        extends: true,
        test: { name: 'long', include: [`{shared,server}/test/${long}`, `test/src/${long}`] },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: flowsOverPostgres.map((flow) => `test/src/flows/${flow}.test.ts`),
          env: { BELLHOP_TEST_STORE: 'postgres' },
        },
      },
      {
        // Zapier's core and nock replace parts of Node's http module.
        extends: true,
        test: {
          name: 'connectors',
          include: ['test/src/{zapier,n8n}/**/*.test.ts'],
          isolate: true,
          setupFiles: 'test/src/n8n/workflow-package.ts',
          // n8n compiles the node to CommonJS, so its package names no type.
          execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
        },
      },
      // By scripts/n8n-test.ts alone.
      ...(process.env.BELLHOP_N8N_DIRECTORY ? [n8nAcceptance] : []),
    ],
  },
});
