// Tests run as they are written: native ES modules, types stripped by Node itself (docs/adr/0002-run-from-source.md).
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{shared,server,n8n-node}/test/**/*.test.ts', '<rootDir>/test/src/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  transform: { '\\.ts$': '<rootDir>/scripts/strip-types.cjs' },
  globalSetup: '<rootDir>/test/src/harness/postgres/office.ts',
  globalTeardown: '<rootDir>/test/src/harness/postgres/close.ts',
  testTimeout: 30_000,
};
