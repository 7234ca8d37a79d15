// Each way to install with kubectl, on a real API server with the real kube-controller-manager; the test plays scheduler and
// kubelet only. Each ends in operators that run under the installed service account and complete a run, and is taken away.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, until } from '../support/cleanups.ts';
import { OPERATOR } from '../support/control-plane.ts';
import { BUILD_TIMEOUT_MS } from '../support/go-tools.ts';
import { type InstallPlane, startInstallPlane } from '../support/install-plane.ts';
import { endsWithOneEach, type Scene } from '../support/scene.ts';

const deploy = join(import.meta.dirname, '..', '..', 'deploy');

let installed: InstallPlane;
let plane: InstallPlane['plane'];
let kubelet: InstallPlane['kubelet'];
let kubectl: InstallPlane['kubectl'];

beforeAll(async () => {
  installed = await startInstallPlane(OPERATOR.namespace);
  ({ plane, kubelet, kubectl } = installed);
  // The only namespace that the overlay knows.
  await kubectl('create', 'namespace', 'cassandra');
}, BUILD_TIMEOUT_MS);

afterAll(() => installed?.stop());

async function mayI(verb: string, what: string, user: string): Promise<string> {
  const args = ['auth', 'can-i', verb, ...what.split(' '), '--namespace=cassandra', `--as=${user}`];
  return (await plane.kubectl(args)).stdout.trim();
}

const ways: [string, readonly string[], number][] = [
  ['kubectl apply -k deploy/base', ['-k', join(deploy, 'base')], 2],
  ['kubectl apply -f deploy/install.yaml', ['-f', join(deploy, 'install.yaml')], 2],
  ['kubectl apply -k deploy/overlays/single-replica', ['-k', join(deploy, 'overlays', 'single-replica')], 1],
  ['kubectl apply -k deploy/overlays/namespaced', ['-k', join(deploy, 'overlays', 'namespaced')], 2],
];

describe.each(ways)('%s', (_, what, replicas) => {
  test('ends in operators that are rolled out and complete a run', async () => {
    await kubectl('apply', ...what);
    await kubectl('rollout', 'status', 'deployment', '-n', OPERATOR.namespace, '--timeout=60s');
    expect(kubelet.running.size).toBe(replicas);
    await withCassandra(async (scene) => {
      await applyCleanup(plane, scene.namespace);
      await endsWithOneEach(scene);
    });
  });

  test('is let in by a namespace that enforces the restricted standard, which lets nothing weaker in', async () => {
    const pod = { metadata: { name: 'weak' }, spec: { containers: [{ name: 'weak', image: 'weak' }] } };
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...pod });
    const { stderr } = await plane.kubectl(['create', '-n', OPERATOR.namespace, '-f', '-'], { input });
    expect(stderr).toContain('violates PodSecurity "restricted');
  });

  test('lets users with the built-in roles view or edit CassandraCleanups, but not their status', async () => {
    const statusOf = 'cclean --subresource=status';
    await kubectl('create', 'rolebinding', 'viewer', '-n', 'cassandra', '--clusterrole=view', '--user=viewer');
    await kubectl('create', 'rolebinding', 'editor', '-n', 'cassandra', '--clusterrole=edit', '--user=editor');
    await until(async () => (await mayI('create', 'cclean', 'editor')) === 'yes');
    const asked = [
      ['list', 'cclean', 'viewer'],
      ['create', 'cclean', 'viewer'],
      ['delete', 'cclean', 'editor'],
      ['update', statusOf, 'editor'],
    ] as const;
    expect(await Promise.all(asked.map(([verb, of, user]) => mayI(verb, of, user)))).toEqual([
      'yes',
      'no',
      'yes',
      'no',
    ]);
    await kubectl('delete', 'rolebinding', 'viewer', 'editor', '-n', 'cassandra');
  });

  test('is taken away by kubectl delete, and its processes end', async () => {
    await kubectl('delete', ...what, '--timeout=60s');
    await until(() => kubelet.running.size === 0);
    const left = await kubectl('get', 'clusterroles,clusterrolebindings,crds', '-o', 'name');
    expect(left.split('\n').filter((name) => name.includes('cassandra'))).toEqual([]);
  });
});

/** A cluster of two nodes in the namespace that the overlay watches. */
async function withCassandra(body: (scene: Scene) => Promise<void>): Promise<void> {
  const namespace = 'cassandra';
  const double = () => ({ minOperationMs: 0, operationMs: 300, statusDelayMs: 0 });
  const cluster = await createCluster({ plane, namespace, racks: 1, nodes: 2, double });
  try {
    await body({ plane, namespace, cluster, ends: [] });
  } finally {
    for (const { name } of cluster.nodes) await cluster.deletePod(name);
    await cluster.stop();
  }
}
