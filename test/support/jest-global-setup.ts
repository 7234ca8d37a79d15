// Starts the control plane of this run, unless no test file that jest was asked for speaks of one.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGlobalControlPlane } from './global-control-plane.ts';

/** Called by jest once, before the test files, with what the command line says. */
// biome-ignore lint/style/noDefaultExport: jest asks for a default export.
export default async function setup(config: { testPathPatterns: { patterns: string[] } }): Promise<void> {
  if (isWanted(config.testPathPatterns.patterns)) await startGlobalControlPlane();
}

/** `npm test -- test/core` needs no API server, and must not wait minutes for one to be built. */
function isWanted(patterns: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  const files = globSync('**/*.test.ts', { cwd: TESTS }).map((file) => join(TESTS, file));
  const matches = files.filter((file) => patterns.some((pattern) => new RegExp(pattern, 'i').test(file)));
  return matches.some((file) => file.startsWith(E2E) || readFileSync(file, 'utf8').includes('control-plane'));
}

const TESTS = join(import.meta.dirname, '..');
const E2E = join(TESTS, 'e2e');
