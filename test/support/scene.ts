// What every end-to-end test of a bad day needs: a namespace with a cluster, things that end with the test, and the verdict
// that must hold at the end of every run. Made for tests that run at the same time: nothing is shared.
import { expect } from '@jest/globals';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { createCluster, type TestCluster } from './cassandra-cluster.ts';
import { conditionOf, untilCleanup } from './cleanups.ts';
import type { SharedControlPlane } from './control-plane.ts';
import { type OperatorOptions, type OperatorProcess, startOperator } from './operator-process.ts';
import type { SidecarDoubleOptions } from './sidecar-double.ts';

/** A place of a test's own. */
export interface Scene {
  plane: SharedControlPlane;
  namespace: string;
  cluster: TestCluster;
  /** What is to be ended with the test, the last first. */
  ends: (() => Promise<unknown>)[];
}

export interface SceneOptions {
  plane: SharedControlPlane;
  /** How the name of the namespace begins. */
  name: string;
  nodes?: number;
  double?: Partial<SidecarDoubleOptions>;
}

const QUICK = { minOperationMs: 0, operationMs: 300, statusDelayMs: 0 };

/** Runs a test in a place of its own and ends all that it began, whatever came of it. */
export async function onScene(options: SceneOptions, body: (scene: Scene) => Promise<void>): Promise<void> {
  const { plane, name, nodes = 2, double = {} } = options;
  const ends: Scene['ends'] = [];
  try {
    const namespace = await plane.createNamespace(name);
    const cluster = await createCluster({ plane, namespace, racks: 1, nodes, double: () => ({ ...QUICK, ...double }) });
    ends.push(() => cluster.stop());
    await body({ plane, namespace, cluster, ends });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** An operator for the scene's namespace. */
export async function operatorOf(scene: Scene, options: Partial<OperatorOptions> = {}): Promise<OperatorProcess> {
  const { plane, namespace, ends } = scene;
  const operator = await startOperator({ plane, namespaces: [namespace], ...options });
  ends.push(() => operator.stop());
  return operator;
}

/** Waits until the run has ended, in whatever way. */
export function untilFinished(scene: Scene): Promise<CassandraCleanup> {
  const { plane, namespace } = scene;
  return untilCleanup(plane, namespace, (resource) => conditionOf(resource, 'Finished') === 'True');
}

/** How many cleanups each node was sent, over all restarts of its Sidecar. */
export function postsOf({ cluster }: Pick<Scene, 'cluster'>): number[] {
  return cluster.nodes.map(({ double }) => double.posts.length);
}

/** Waits for the end of the run: every node Completed by the one operation that its Sidecar was ever sent. */
export async function endsWithOneEach(scene: Scene): Promise<CassandraCleanup> {
  const done = await untilFinished(scene);
  const { nodes } = scene.cluster;
  expect(conditionOf(done, 'Complete')).toBe('True');
  expect(postsOf(scene)).toEqual(nodes.map(() => 1));
  expect(nodes.map(({ double }) => double.mostActiveCleanups())).toEqual(nodes.map(() => 1));
  const ids = Object.fromEntries(nodes.map(({ name, double }) => [name, double.posts[0]?.id]));
  expect(Object.fromEntries((done.status.nodes ?? []).map((run) => [run.name, run.operation?.id]))).toEqual(ids);
  return done;
}
