// `helm upgrade --wait` of the chart in deploy/samples/helm, on a real API server with an operator: it really waits for the
// run, and really fails with it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { getCleanup, until, untilCleanup } from '../support/cleanups.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';
import { deploy, helm, objectOf, type Release } from './helm.ts';

let plane: SharedControlPlane;
let namespace: string;
let cluster: TestCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  plane = sharedControlPlane();
  namespace = await plane.createNamespace('helm');
  const double = () => ({ operationMs: Number.POSITIVE_INFINITY, minOperationMs: 0, statusDelayMs: 0 });
  cluster = await createCluster({ plane, namespace, racks: 1, nodes: 1, double });
  operator = await startOperator({ plane, namespaces: [namespace] });
}, 1_200_000);

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

const release = (name: string, spec: Release['spec'] = {}): Release => ({ plane, namespace, name, spec });

test('it waits until the run is Completed', async () => {
  const orders = release('orders');
  let ended = false;
  const waiting = deploy(orders, '--wait', '--timeout=2m').finally(() => {
    ended = true;
  });
  const name = objectOf(orders);
  await until(async () => (await plane.kubectl(['get', '--namespace', namespace, 'cclean', name])).code === 0);
  await untilCleanup(plane, namespace, ({ status }) => status.nodes?.[0]?.operation?.state === 'RUNNING', name);
  expect(ended).toBe(false);
  const { double } = cluster.nodes[0] ?? {};
  double?.finish(double.posts[0]?.id ?? '');
  expect(await waiting).toMatchObject({ code: 0 });
  expect((await getCleanup(plane, namespace, name)).status.state).toBe('Completed');
});

test('it fails as soon as the run has Failed, and says why', async () => {
  const begun = performance.now();
  const { code, stderr } = await deploy(release('wrong', { keyspace: 'nope' }), '--wait', '--timeout=2m');
  expect(code).toBe(1);
  expect(stderr).toContain(`CassandraCleanup/${namespace}/wrong-1 not ready. status: Failed, message: `);
  expect(stderr).toContain('Keyspace nope does not exist');
  expect(performance.now() - begun).toBeLessThan(110_000);
});

test('it fails where the run takes longer than its time-out, and the run goes on', async () => {
  const slow = release('slow', { keyspace: 'items' });
  const { code, stderr } = await deploy(slow, '--wait', '--timeout=3s');
  expect(code).toBe(1);
  expect(stderr).toContain('slow-1 not ready. status: InProgress');
  expect((await getCleanup(plane, namespace, objectOf(slow))).status.completionTime).toBeUndefined();
});

test('it asks for the name of the run, and uninstalling keeps its record', async () => {
  const { stderr } = await helm(plane, [
    'template',
    'x',
    new URL('../../deploy/samples/helm', import.meta.url).pathname,
  ]);
  expect(stderr).toContain('run: name this run');
  expect(await helm(plane, ['uninstall', 'orders', '--namespace', namespace])).toMatchObject({ code: 0 });
  expect((await getCleanup(plane, namespace, 'orders-1')).status.state).toBe('Completed');
});
