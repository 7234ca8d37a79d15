// `describe` for tests that need a real Cassandra.
import { describe } from '@jest/globals';
import { missingTools } from './machine.ts';

/** `describe` where the machine can run Cassandra; elsewhere the tests are skipped, below the line that says why. */
export const describeTier = missingTools() === undefined ? describe : describe.skip;
