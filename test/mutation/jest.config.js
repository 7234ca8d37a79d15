// The tests that mutants are put to: those on values, and all in one file, as loading a file costs more than its tests.
import { join } from 'node:path';

export default {
  testEnvironment: 'node',
  rootDir: join(import.meta.dirname, '../..'),
  testMatch: ['<rootDir>/test/mutation/pure-tests.js'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
};
