// Jest for the tier on a real Cassandra: one file after the other, long time-outs, a control plane of its own.
// biome-ignore lint/style/noDefaultExport: jest asks for a default export.
export default {
  rootDir: '../..',
  testEnvironment: 'node',
  roots: ['<rootDir>/test/cassandra'],
  testMatch: ['**/*.cassandra-test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  setupFilesAfterEnv: ['<rootDir>/test/cassandra/end-of-file.ts'],
  globalSetup: '<rootDir>/test/cassandra/jest-setup.js',
  globalTeardown: '<rootDir>/test/support/jest-global-teardown.ts',
  testTimeout: 480_000,
  maxWorkers: 1,
  verbose: true,
};
