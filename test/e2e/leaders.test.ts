// Two replicas on a real API server: one acts; the other takes over soon, and sends nothing twice.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, until, untilCleanup } from '../support/cleanups.ts';
import { OPERATOR, OPERATOR_USER } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

let namespace: string;
let cluster: TestCluster;
beforeEach(async () => {
  namespace = await plane.createNamespace('leaders');
  cluster = await createCluster({ plane, namespace, racks: 1, nodes: 3, double: () => ({ operationMs: 4_000 }) });
  ends.push(() => cluster.stop());
  await allowLease();
});

/** The rules for the Lease that deploy/base ships, in a namespace of this test: the shipped one is for one pair of replicas. */
async function allowLease(): Promise<void> {
  const { stdout } = await plane.kubectl([
    'get',
    'role',
    OPERATOR.serviceAccount,
    '-n',
    OPERATOR.namespace,
    '-o',
    'json',
  ]);
  const { rules } = JSON.parse(stdout);
  const api = 'rbac.authorization.k8s.io';
  const metadata = { name: 'lease', namespace };
  const role = { apiVersion: `${api}/v1`, kind: 'Role', metadata, rules };
  const subjects = [{ kind: 'User', name: OPERATOR_USER, apiGroup: api }];
  const roleRef = { kind: 'Role', name: 'lease', apiGroup: api };
  const binding = { apiVersion: `${api}/v1`, kind: 'RoleBinding', metadata, subjects, roleRef };
  const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [role, binding] });
  expect((await plane.kubectl(['create', '-f', '-'], { input: items })).code).toBe(0);
}

async function replica(identity: string): Promise<OperatorProcess> {
  const flags = ['--lease-namespace', namespace, '--lease-identity', identity];
  const operator = await startOperator({ plane, namespaces: [namespace], flags });
  ends.push(() => operator.stop());
  return operator;
}

async function holder(): Promise<string> {
  const lease = await plane.kubectl([
    'get',
    'lease',
    OPERATOR.serviceAccount,
    '-n',
    namespace,
    '-o',
    'jsonpath={.spec.holderIdentity}',
  ]);
  return lease.stdout;
}

/** Two replicas, the first of them leading, in the middle of a run. */
async function inTheMiddle(): Promise<OperatorProcess> {
  const first = await replica('first');
  await until(async () => (await holder()) === 'first');
  await replica('second');
  await applyCleanup(plane, namespace);
  await untilCleanup(plane, namespace, ({ status }) => status.nodes?.[0]?.state === 'Running');
  return first;
}

async function endsWell(): Promise<void> {
  const done = await untilCleanup(plane, namespace, (resource) => conditionOf(resource, 'Finished') === 'True', {
    timeoutMs: 60_000,
  });
  expect(conditionOf(done, 'Complete')).toBe('True');
  expect(cluster.nodes.map(({ double }) => double.posts.length)).toEqual([1, 1, 1]);
}

describe('two replicas', () => {
  test('hand over within 17 s after kill -9 of the leader, and send nothing twice', async () => {
    const first = await inTheMiddle();
    first.signal('SIGKILL');
    const killedAt = performance.now();
    await until(async () => (await holder()) === 'second');
    expect(performance.now() - killedAt).toBeLessThan(17_000);
    await endsWell();
  }, 120_000);

  test('hand over within 2 s after SIGTERM of the leader, which exits with 0 within 5 s', async () => {
    const first = await inTheMiddle();
    const toldAt = performance.now();
    const code = first.stop();
    await until(async () => (await holder()) === 'second');
    expect(performance.now() - toldAt).toBeLessThan(2_000);
    expect(await code).toBe(0);
    expect(performance.now() - toldAt).toBeLessThan(5_000);
    await endsWell();
  }, 120_000);
});
