// What is deleted in each phase of a run, on a real API server: the object, or its whole namespace. Nothing more is sent for
// it, the operator goes on, and a new object of the same name sends nothing while the old one's operation is active.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApiProxy, startApiProxy } from '../support/api-proxy.ts';
import { adminRequest, cleanupPath } from '../support/api-request.ts';
import { createCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, until, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { startOperator } from '../support/operator-process.ts';
import { endOperations, PHASES, type Phase, reach } from '../support/phases.ts';
import { postsOf, type Scene, untilFinished } from '../support/scene.ts';

const plane = await sharedControlPlane();
const kinds = ['object', 'namespace'] as const;
type Kind = (typeof kinds)[number];

/** All at once, each in a namespace of its own: most of the time is spent waiting. */
const stories = new Map<string, Promise<void>>();
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const proxy = await startApiProxy(plane);
  ends.push(() => proxy.close());
  const scenes = new Map<string, Scene>();
  for (const kind of kinds) for (const phase of PHASES) scenes.set(`${kind} ${phase}`, await newScene(kind));
  const namespaces = [...scenes.values()].map(({ namespace }) => namespace);
  const operator = await startOperator({ plane, namespaces, kubeconfig: proxy.kubeconfig });
  ends.push(() => operator.stop());
  for (const kind of kinds) {
    for (const phase of PHASES) {
      const name = `${kind} ${phase}`;
      const told = story(kind, phase, scenes.get(name) as Scene, proxy);
      told.catch(() => {}); // the test that waits for it says so
      stories.set(name, told);
    }
  }
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

async function newScene(kind: Kind): Promise<Scene> {
  const namespace = await plane.createNamespace(`deleted-${kind}`);
  const double = () => ({ minOperationMs: 0, operationMs: Number.POSITIVE_INFINITY, statusDelayMs: 0 });
  const cluster = await createCluster({ plane, namespace, racks: 1, nodes: 2, double });
  ends.push(() => cluster.stop());
  return { plane, namespace, cluster, ends: [] };
}

async function story(kind: Kind, phase: Phase, scene: Scene, proxy: ApiProxy): Promise<void> {
  const { posts, resume } = await reach(phase, scene, proxy);
  if (kind === 'object') await remove(cleanupPath(scene.namespace, 'cleanup'));
  else await replaceNamespace(scene);
  await untilOperatorHasHeard(scene);
  resume();
  await applyCleanup(plane, scene.namespace);
  await untilCleanup(plane, scene.namespace, ({ status }) => (status.nodes ?? []).length === 2);
  if (phase.includes('POST') || phase.includes('running')) {
    await untilWaiting(scene);
    expect(postsOf(scene)[0]).toBe(1);
  }
  endOperations(scene);
  const done = await untilFinished(scene);
  expect(conditionOf(done, 'Complete')).toBe('True');
  expect(postsOf(scene)).toEqual(posts.map((count) => count + 1));
  expect(scene.cluster.nodes.map(({ double }) => double.mostActiveCleanups())).toEqual([1, 1]);
}

async function remove(path: string): Promise<void> {
  expect((await adminRequest(plane, { method: 'DELETE', path, body: { gracePeriodSeconds: 0 } })).status).toBe(200);
}

/** Deletes a namespace as its controller does, which does not run here; then it is there again, with its Pods, all new. */
async function replaceNamespace({ namespace, cluster }: Scene): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  await remove(path);
  await remove(cleanupPath(namespace));
  await remove(`${path}/pods`);
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: { finalizers: [] } };
  await adminRequest(plane, { method: 'PUT', path: `${path}/finalize`, body });
  const created = async () =>
    (await adminRequest(plane, { method: 'POST', path: '/api/v1/namespaces', body: { metadata: body.metadata } }))
      .status === 201;
  await until(created);
  for (const node of cluster.nodes) await cluster.createPod(node);
}

/** Watches are in order: once it knows of a younger object, it knows of what was deleted before. */
async function untilOperatorHasHeard({ namespace }: Scene): Promise<void> {
  const nowhere = { podSelector: { matchLabels: { app: 'nowhere' } } };
  await applyCleanup(plane, namespace, nowhere, 'marker');
  await untilCleanup(plane, namespace, ({ status }) => status.observedGeneration === 1, 'marker');
  await remove(cleanupPath(namespace, 'marker'));
}

/** The new run says that its first node waits for what runs there. */
async function untilWaiting({ namespace }: Scene): Promise<void> {
  const reasons = ['WaitingForNodeOperation', 'WaitingForOtherCleanup'];
  await untilCleanup(plane, namespace, ({ status }) => reasons.includes(status.nodes?.[0]?.reason ?? ''));
}

describe.each(kinds)('the %s is deleted', (kind) => {
  test.each(PHASES)('while the run %s: nothing more is sent for it, and a new one runs after it', async (phase) => {
    await stories.get(`${kind} ${phase}`);
  });
});
