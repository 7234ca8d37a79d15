// An API server of our own that is killed and started again in mid-run, the second time with an etcd that has forgotten all
// that the operator saw last; a status of another version; and a CRD that is deleted under runs in every phase, and comes back.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { isWatch, startApiProxy } from '../support/api-proxy.ts';
import { adminRequest } from '../support/api-request.ts';
import { createCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, until, untilCleanup } from '../support/cleanups.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { startOperator } from '../support/operator-process.ts';
import { installOtherCrd, otherVersionsRun } from '../support/other-version.ts';
import { endOperations, PHASES, type Phase, reach } from '../support/phases.ts';
import { allowLease, leaseHolder, startReplica } from '../support/replicas.ts';
import { endsWithOneEach, onScene, postsOf, type Scene, untilFinished } from '../support/scene.ts';

let plane: ControlPlane;

/** Goes on all the while: it has half a minute to wait for. */
let foreign: Scene;

beforeAll(async () => {
  plane = await startControlPlane();
  await plane.installCrdAndRbac();
  await installOtherCrd(plane);
  foreign = await otherVersionsRun(plane);
});

afterAll(async () => {
  for (const end of foreign.ends.reverse()) await end();
  await plane.stop();
});

const ENDLESS = { operationMs: Number.POSITIVE_INFINITY };

test('the API server is away for longer than the lease: the leader stops, and goes on when it is back', () =>
  onScene({ plane, name: 'restart', double: ENDLESS }, async (scene) => {
    const { namespace, ends } = scene;
    await allowLease(plane, namespace);
    const options = { plane, namespaces: [namespace], leaseNamespace: namespace };
    const operator = await startReplica('only', options);
    ends.push(() => operator.stop());
    await applyCleanup(plane, namespace);
    await untilCleanup(plane, namespace, ({ status }) => status.nodes?.[0]?.state === 'Running');
    await plane.killApiserver();
    endOperations(scene);
    await until(() => operator.logs().some(({ msg }) => msg === 'not leading any more'));
    expect(postsOf(scene)).toEqual([1, 0]);
    await plane.startApiserver();
    await endsWithOneEach(scene);
    expect(await leaseHolder(plane, namespace)).toBe('only');
  }));

test('a watch that was cut while etcd forgot what it had seen is told 410, lists anew, and misses nothing', () =>
  onScene({ plane, name: 'compaction' }, async (scene) => {
    const { namespace, ends } = scene;
    const proxy = await startApiProxy(plane);
    ends.push(() => proxy.close());
    const operator = await startOperator({ plane, namespaces: [namespace], kubeconfig: proxy.kubeconfig });
    ends.push(() => operator.stop());
    const isCleanups = (path: string) => /\/cassandracleanups(\?|$)/.test(path);
    const lists = () => proxy.requests.filter(({ path }) => isCleanups(path) && !isWatch(path)).length;
    // A watch that is only being opened would not be cut: it would see all that happens until the server is killed.
    await until(() => proxy.requests.filter(({ path, status }) => isWatch(path) && status === 200).length === 2);
    const before = lists();
    const heal = proxy.refuse({ matches: () => true });
    proxy.cut();
    await applyCleanup(plane, namespace);
    await plane.kubectl(['-n', namespace, 'annotate', 'cclean', 'cleanup', 'seen=no']);
    await plane.compact();
    await plane.killApiserver();
    await plane.startApiserver();
    heal();
    await endsWithOneEach(scene);
    expect(lists()).toBeGreaterThan(before);
  }));

test('a status of another version, with words and fields that this one does not know, is gone on with; nothing runs twice', async () => {
  const done = await endsWithOneEach(foreign);
  expect(done.status.nodes?.map(({ state, attempts }) => [state, attempts ?? 0])).toEqual(
    [0, 0, 0, 0, 2, 1].map((attempts) => ['Completed', attempts]),
  );
  expect(JSON.stringify(done.status)).not.toContain('Verifying');
});

test('a CRD that is deleted in every phase of a run ends them all; when it is back, so is the operator', async () => {
  const ends: Scene['ends'] = [];
  try {
    const proxy = await startApiProxy(plane);
    ends.push(() => proxy.close());
    const scenes = await Promise.all(PHASES.map(() => newScene(ends)));
    const namespaces = scenes.map(({ namespace }) => namespace);
    const operator = await startOperator({ plane, namespaces, kubeconfig: proxy.kubeconfig });
    ends.push(() => operator.stop());
    const reached = await Promise.all(PHASES.map((phase, index) => reach(phase, scenes[index] as Scene, proxy)));
    await deleteCrd();
    const isUnserved = ({ hint }: Record<string, unknown>) => String(hint).includes('is its CRD installed');
    await until(() => operator.logs().filter(isUnserved).length === scenes.length);
    for (const { resume } of reached) resume();
    await plane.installCrdAndRbac();
    await Promise.all(scenes.map(({ namespace }) => applyCleanup(plane, namespace)));
    await Promise.all(
      PHASES.map((phase, index) => endsAfter(phase, scenes[index] as Scene, reached[index]?.posts ?? [])),
    );
  } finally {
    for (const end of ends.reverse()) await end();
  }
});

/** The new run goes on, and nothing was sent for the old one; where a POST was in flight nothing is for 40 s (deletions.test.ts). */
async function endsAfter(phase: Phase, scene: Scene, posts: readonly number[]): Promise<void> {
  if (phase === 'has a POST in flight') {
    const [first] = scene.cluster.nodes;
    const isWaiting = ({ status }: CassandraCleanup) => status.nodes?.[0]?.reason?.startsWith('WaitingFor') === true;
    await untilCleanup(plane, scene.namespace, isWaiting);
    expect(first?.double.posts).toHaveLength(1);
    return;
  }
  endOperations(scene);
  expect(conditionOf(await untilFinished(scene), 'Complete')).toBe('True');
  expect(postsOf(scene)).toEqual(posts.map((count) => count + 1));
  expect(scene.cluster.nodes.map(({ double }) => double.mostActiveCleanups())).toEqual([1, 1]);
}

async function newScene(ends: Scene['ends']): Promise<Scene> {
  const namespace = await plane.createNamespace('crd-gone');
  const double = () => ({ minOperationMs: 0, statusDelayMs: 0, ...ENDLESS });
  const cluster = await createCluster({ plane, namespace, racks: 1, nodes: 2, double });
  ends.push(() => cluster.stop());
  return { plane, namespace, cluster, ends };
}

async function deleteCrd(): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cassandracleanups.cassandra-sidecar.io';
  await adminRequest(plane, { method: 'DELETE', path });
  await until(async () => (await adminRequest(plane, { method: 'GET', path })).status === 404);
}
