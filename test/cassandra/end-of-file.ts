// Jest runs this beside every test file: a JVM that a broken set-up left behind would take the addresses of the next file, and
// keep the process from ending.
import { afterAll } from '@jest/globals';
import { endEveryJvm } from './processes.ts';

afterAll(() => endEveryJvm());
