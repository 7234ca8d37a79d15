// kill -9 of the operator at each point of a submission, with real processes on a real API server: one POST a node, Complete.
import { afterEach, describe, expect, test } from '@jest/globals';
import { type ApiProxy, startApiProxy } from '../support/api-proxy.ts';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, until, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Scene {
  namespace: string;
  cluster: TestCluster;
  proxy: ApiProxy;
  operator: OperatorProcess;
}

async function scene(): Promise<Scene> {
  const namespace = await plane.createNamespace('crash');
  const double = () => ({ minOperationMs: 0, operationMs: 500, statusDelayMs: 0 });
  const cluster = await createCluster({ plane, namespace, racks: 1, nodes: 2, double });
  ends.push(() => cluster.stop());
  const proxy = await startApiProxy(plane);
  ends.push(() => proxy.close());
  const operator = await startOperator({ plane, namespaces: [namespace], kubeconfig: proxy.kubeconfig });
  ends.push(() => operator.stop());
  return { namespace, cluster, proxy, operator };
}

async function killed({ operator }: Scene): Promise<void> {
  operator.signal('SIGKILL');
  await operator.exited;
}

/** A new operator ends the run: every node Completed after one POST. Returns the attempts of the first node. */
async function recovers({ namespace, cluster }: Scene): Promise<number | undefined> {
  const next = await startOperator({ plane, namespaces: [namespace] });
  ends.push(() => next.stop());
  const done = await untilCleanup(plane, namespace, (resource) => conditionOf(resource, 'Finished') === 'True', {
    timeoutMs: 90_000,
  });
  expect(conditionOf(done, 'Complete')).toBe('True');
  expect(cluster.nodes.map(({ double }) => double.posts.length)).toEqual([1, 1]);
  expect(cluster.nodes.map(({ double }) => double.mostActiveCleanups())).toEqual([1, 1]);
  const ids = cluster.nodes.map(({ double }) => double.posts[0]?.id);
  expect(done.status.nodes?.map((run) => run.operation?.id)).toEqual(ids);
  return done.status.nodes?.[0]?.attempts;
}

const isStatus = (path: string) => path.endsWith('/status');

describe('an operator that is killed with kill -9', () => {
  test('after the intent was written, and before the POST left, sends it after the restart, once', async () => {
    const here = await scene();
    const held = here.proxy.hold({
      what: 'answer',
      method: 'PUT',
      matches: (path, body) => isStatus(path) && body.includes('"Submitting"'),
    });
    await applyCleanup(plane, here.namespace);
    await held;
    await killed(here);
    expect(here.cluster.nodes[0]?.double.posts).toHaveLength(0);
    expect(await recovers(here)).toBe(2);
  }, 120_000);

  test('after the POST left, and before its answer, adopts the operation after the restart', async () => {
    const here = await scene();
    const double = here.cluster.nodes[0]?.double;
    double?.fault({ kind: 'delay', ms: 60_000, method: 'POST', times: 1 });
    await applyCleanup(plane, here.namespace);
    await until(() => double?.posts.length === 1);
    await killed(here);
    expect(await recovers(here)).toBe(1);
  }, 120_000);

  test('after the answer came, and before the id was written, adopts the operation after the restart', async () => {
    const here = await scene();
    const held = here.proxy.hold({
      what: 'request',
      method: 'PUT',
      matches: (path, body) => isStatus(path) && body.includes('"operation"'),
    });
    await applyCleanup(plane, here.namespace);
    await held;
    await killed(here);
    expect(await recovers(here)).toBe(1);
  }, 120_000);

  test('after the id was written, goes on with that operation after the restart', async () => {
    const here = await scene();
    await applyCleanup(plane, here.namespace);
    await untilCleanup(plane, here.namespace, ({ status }) => status.nodes?.[0]?.operation?.id !== undefined);
    await killed(here);
    expect(await recovers(here)).toBe(1);
  }, 120_000);
});
