// Before the first test file: the machine is looked at, artifacts are fetched, one suite at a time takes 127.0.0.N, and the
// control plane starts.
import { startGlobalControlPlane } from '../support/global-control-plane.ts';
import { cassandraJars, engineJars, takeAddresses } from './artifacts.ts';
import { missingTools } from './machine.ts';
import { VERSIONS } from './ring.ts';

/** Called by jest once, before the test files. */
export async function prepareTier(): Promise<void> {
  const missing = missingTools();
  if (missing !== undefined) {
    process.stderr.write(`cassandra: not run on this machine: ${missing}\n`);
    if (process.env['CI'] === 'true')
      throw new Error(`CI=true, and the tests on a real Cassandra cannot run: ${missing}`);
    return;
  }
  await takeAddresses();
  await engineJars();
  for (const version of Object.values(VERSIONS)) await cassandraJars(version);
  await startGlobalControlPlane();
}
