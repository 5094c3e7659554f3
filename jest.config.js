// Tests run as they are written: native ES modules, types stripped by Node itself (docs/adr/0002-run-from-source.md).
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{shared,server}/test/**/*.test.ts', '<rootDir>/test/src/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  // What n8n itself loads; its other build has no extensions in its imports, which only bundlers follow.
  moduleNameMapper: { '^n8n-workflow$': '<rootDir>/node_modules/n8n-workflow/dist/cjs/index.js' },
  transform: { '\\.ts$': '<rootDir>/scripts/strip-types.cjs' },
  globalSetup: '<rootDir>/test/src/harness/postgres/office.ts',
  globalTeardown: '<rootDir>/test/src/harness/postgres/close.ts',
  testTimeout: 30_000,
};
