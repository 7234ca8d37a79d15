// Follows one CassandraCleanup through kubectl's raw watch: one JSON document a line, the first is the object as it is.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { killOnExit } from '../support/kill-on-exit.ts';

/** Yields the object as often as it changes, until the caller breaks off. Throws where the watch ends by itself. */
export async function* follow(
  plane: SharedControlPlane,
  namespace: string,
  name: string,
): AsyncGenerator<CassandraCleanup> {
  const path = `/apis/cassandra-sidecar.io/v1alpha1/namespaces/${namespace}/cassandracleanups`;
  const query = `watch=true&fieldSelector=metadata.name%3D${name}`;
  const child = spawn(plane.kubectlPath, ['--kubeconfig', plane.kubeconfig, 'get', '--raw', `${path}?${query}`], {
    env: { HOME: plane.directory, KUBECTL_KUBERC: 'false' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const forget = killOnExit(child);
  const exited = new Promise<void>((resolve) => child.once('error', () => resolve()).once('exit', () => resolve()));
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event: { type: string; object: CassandraCleanup } = JSON.parse(line);
      if (event.type === 'ADDED' || event.type === 'MODIFIED') yield event.object;
    }
    throw new Error('the watch of the CassandraCleanup has ended');
  } finally {
    child.kill('SIGKILL');
    await exited;
    forget();
  }
}
