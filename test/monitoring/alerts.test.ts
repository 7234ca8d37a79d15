// Each alert fires where it should: real operators on a real API server, each in the trouble that the alert is for, and a real
// Prometheus that scrapes them.
import { expect, test } from '@jest/globals';
import { startApiProxy } from '../support/api-proxy.ts';
import { adminRequest, cleanupPath } from '../support/api-request.ts';
import { applyCleanup, until, untilCleanup } from '../support/cleanups.ts';
import { OPERATOR } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { allowLease } from '../support/replicas.ts';
import { onScene, type Scene, type SceneOptions, untilFinished } from '../support/scene.ts';
import type { ActiveAlert, TestPrometheus } from './prometheus.ts';
import { alerts } from './shipped.ts';
import { prometheusOf, watchedOperator } from './watched-scene.ts';

const plane = await sharedControlPlane();
const shown = new Set<string>();
process.setMaxListeners(50); // every process that is started listens for the end of this one

/** A test that an alert fires: `trouble` begins it, and gives what watches. */
function fires(
  alert: string,
  options: Partial<SceneOptions>,
  trouble: (scene: Scene) => Promise<TestPrometheus>,
): void {
  shown.add(alert);
  test.concurrent(`${alert} fires`, () =>
    onScene({ plane, name: 'alerts', ...options }, async (scene) => {
      const prometheus = await trouble(scene);
      const { annotations }: ActiveAlert = await prometheus.untilFiring(alert);
      expect(annotations['runbook_url']).toMatch(/^docs\/runbooks\/.*\.md$/);
      expect(Object.values(annotations).join()).not.toMatch(/<no value>|<error/);
    }));
}

/** What watches this operator, which is well so far: before the first scrape an operator is absent. */
async function watched(scene: Scene, port: number, hurry?: number): Promise<TestPrometheus> {
  const prometheus = await prometheusOf(scene, [port], hurry);
  await until(async () => (await prometheus.firing()).length === 0);
  return prometheus;
}

/** An operator without trouble yet, and what watches it. */
async function begin(scene: Scene): Promise<TestPrometheus> {
  const { port } = await watchedOperator(scene);
  return watched(scene, port);
}

const running = (scene: Scene) =>
  untilCleanup(plane, scene.namespace, ({ status }) => status.nodes?.[0]?.state === 'Running');

/** A proxy before the API server, and an operator that goes through it. */
async function behindProxy(scene: Scene, hurry: number, flags: readonly string[] = []) {
  const proxy = await startApiProxy(plane);
  scene.ends.push(() => proxy.close());
  const { port } = await watchedOperator(scene, { kubeconfig: proxy.kubeconfig, flags });
  return { proxy, prometheus: await watched(scene, port, hurry) };
}

fires('CassandraCleanupFailed', {}, async (scene) => {
  const prometheus = await begin(scene);
  await applyCleanup(plane, scene.namespace, { keyspace: 'nope' });
  await untilFinished(scene);
  return prometheus;
});

fires('CassandraCleanupStalled', {}, async (scene) => {
  const { namespace, cluster } = scene;
  const prometheus = await begin(scene);
  const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }];
  const containerStatuses = ['cassandra', 'icarus'].map((name) => ({
    ...{ name, image: name, imageID: name, containerID: `test://${name}`, restartCount: 0, ready: name === 'icarus' },
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  }));
  await cluster.patchStatus(cluster.nodes[1]?.name ?? '', { conditions, containerStatuses });
  await applyCleanup(plane, namespace);
  return prometheus;
});

fires('CassandraCleanupSidecarUnreachable', {}, async (scene) => {
  const prometheus = await begin(scene);
  await scene.cluster.nodes[0]?.double.refuse();
  await applyCleanup(plane, scene.namespace);
  return prometheus;
});

fires('CassandraCleanupOperationLost', { double: { operationMs: 600_000 } }, async (scene) => {
  const prometheus = await begin(scene);
  await applyCleanup(plane, scene.namespace);
  await running(scene);
  scene.cluster.nodes[0]?.double.restart();
  return prometheus;
});

fires('CassandraCleanupStrayOperation', { nodes: 1, double: { operationMs: 600_000 } }, async (scene) => {
  const { namespace, cluster } = scene;
  const prometheus = await begin(scene);
  const double = cluster.nodes[0]?.double;
  double?.fault({ kind: 'delay', method: 'POST', ms: 2_000, times: 1 });
  await applyCleanup(plane, namespace);
  await until(() => double?.posts.length === 1);
  // Its answer finds another object in its place.
  await adminRequest(plane, { method: 'DELETE', path: cleanupPath(namespace, 'cleanup') });
  await applyCleanup(plane, namespace);
  return prometheus;
});

fires('CassandraCleanupRingChanged', { double: { operationMs: 600_000, cassandra: '4.0.7' } }, async (scene) => {
  const prometheus = await begin(scene);
  await applyCleanup(plane, scene.namespace);
  await running(scene);
  scene.cluster.nodes[1]?.double.setNodeState('LEAVING');
  return prometheus;
});

fires('CassandraCleanupOperatorDown', {}, async (scene) => {
  const { operator, port } = await watchedOperator(scene);
  const prometheus = await watched(scene, port);
  operator.signal('SIGKILL');
  return prometheus;
});

fires('CassandraCleanupNoLeader', {}, async (scene) => {
  const { namespace } = scene;
  await allowLease(plane, namespace);
  const spec = {
    holderIdentity: 'someone else',
    leaseDurationSeconds: 3_600,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  };
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: OPERATOR.serviceAccount },
    spec,
  };
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  expect(await adminRequest(plane, { method: 'POST', path, body })).toMatchObject({ status: 201 });
  const { port } = await watchedOperator(scene, { flags: [`--lease-namespace=${namespace}`] });
  return prometheusOf(scene, [port]);
});

fires('CassandraCleanupSeveralLeaders', {}, async (scene) => {
  const [one, two] = [await watchedOperator(scene), await watchedOperator(scene)];
  return prometheusOf(scene, [one.port, two.port]);
});

fires('CassandraCleanupReconcileErrors', {}, async (scene) => {
  const { proxy, prometheus } = await behindProxy(scene, 100);
  proxy.refuse({ method: 'PUT', matches: (path) => path.endsWith('/status'), status: 500 });
  for (const name of ['one', 'two', 'three']) await applyCleanup(plane, scene.namespace, {}, name);
  return prometheus;
});

fires('CassandraCleanupApiServerErrors', {}, async (scene) => {
  await allowLease(plane, scene.namespace);
  const { proxy, prometheus } = await behindProxy(scene, 60, [`--lease-namespace=${scene.namespace}`]);
  proxy.refuse({ matches: (path) => path.includes('/leases'), status: 503 });
  return prometheus;
});

test('every alert is shown so', () => {
  const all = alerts().map(({ alert }) => alert);
  expect(all.filter((alert) => !shown.has(alert))).toEqual([]);
});
