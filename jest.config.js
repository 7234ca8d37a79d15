// Jest runs the TypeScript sources as ES modules; types are stripped by Node itself (test/support/strip-types.js).
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  globalSetup: '<rootDir>/test/support/jest-global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest-global-teardown.ts',
  testTimeout: 240_000,
  // Most of a run is waiting; jest's own choice on two cores would be one.
  maxWorkers: 2,
};
