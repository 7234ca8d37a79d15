// Two replicas on a real API server: one acts; the other takes over soon, and sends nothing twice.
// A leader that is frozen past its lease and then goes on sends nothing more, wherever in its work it was stopped.
import { expect, test } from '@jest/globals';
import { type ApiProxy, startApiProxy } from '../support/api-proxy.ts';
import { applyCleanup, until, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { allowLease, startReplica, untilHeldBy } from '../support/replicas.ts';
import { endsWithOneEach, onScene, postsOf, type Scene } from '../support/scene.ts';

const plane = await sharedControlPlane();
const options = { plane, name: 'leaders', nodes: 2, double: { operationMs: 4_000, minOperationMs: 1_000 } };

async function replica(scene: Scene, identity: string, kubeconfig?: string): Promise<OperatorProcess> {
  const { namespace, ends } = scene;
  const more = kubeconfig === undefined ? {} : { kubeconfig };
  const settings = { plane, namespaces: [namespace], leaseNamespace: namespace, ...more };
  const operator = await startReplica(identity, settings);
  ends.push(() => operator.stop());
  return operator;
}

/** Two replicas, the first of them leading and going through a proxy, and a run that has begun. */
async function begun(scene: Scene): Promise<{ first: OperatorProcess; proxy: ApiProxy }> {
  const { namespace, ends } = scene;
  await allowLease(plane, namespace);
  const proxy = await startApiProxy(plane);
  ends.push(() => proxy.close());
  const first = await replica(scene, 'first', proxy.kubeconfig);
  await untilHeldBy(plane, namespace, 'first');
  await replica(scene, 'second');
  return { first, proxy };
}

/** The same, in the middle of the run. */
async function inTheMiddle(scene: Scene): Promise<{ first: OperatorProcess; proxy: ApiProxy }> {
  const both = await begun(scene);
  await applyCleanup(plane, scene.namespace);
  await untilCleanup(plane, scene.namespace, ({ status }) => status.nodes?.[0]?.state === 'Running');
  return both;
}

/** Freezes the first replica until the second leads, lets it go on, and waits until it knows. Returns its writes since then. */
async function frozenPastLease(scene: Scene, first: OperatorProcess, proxy: ApiProxy, frozen?: () => void) {
  first.signal('SIGSTOP');
  frozen?.();
  await untilHeldBy(plane, scene.namespace, 'second');
  const before = proxy.requests.length;
  first.signal('SIGCONT');
  await until(() => first.logs().some(({ msg }) => msg === 'not leading any more'));
  return () => proxy.requests.slice(before).filter(({ path }) => path.endsWith('/status'));
}

test.concurrent('hand over after kill -9 of the leader when its Lease has run out, and send nothing twice', () =>
  onScene(options, async (scene) => {
    const { first } = await inTheMiddle(scene);
    first.signal('SIGKILL');
    await untilHeldBy(plane, scene.namespace, 'second');
    // When exactly: kube/lease.test.ts, on a virtual clock.
    await endsWithOneEach(scene);
  }));

test.concurrent('a leader frozen in mid-run for longer than its lease sends nothing more when it goes on', () =>
  onScene(options, async (scene) => {
    const { first, proxy } = await inTheMiddle(scene);
    const writes = await frozenPastLease(scene, first, proxy);
    await endsWithOneEach(scene);
    expect(writes()).toEqual([]);
  }));

test.concurrent('a leader frozen between the intent and the POST does not send it when it goes on', () =>
  onScene({ plane, name: 'leaders', nodes: 1 }, async (scene) => {
    const { first, proxy } = await begun(scene);
    const matches = (path: string, body: string) => path.endsWith('/status') && body.includes('"Submitting"');
    const held = proxy.hold({ what: 'answer', method: 'PUT', matches });
    await applyCleanup(plane, scene.namespace);
    const release = await held;
    const writes = await frozenPastLease(scene, first, proxy, release);
    expect(postsOf(scene)).toEqual([0]);
    await endsWithOneEach(scene);
    expect(writes()).toEqual([]);
  }));

test.concurrent('a leader frozen before the answer to its POST leaves the operation to the other, which adopts it', () =>
  onScene(options, async (scene) => {
    const { first, proxy } = await begun(scene);
    const [node] = scene.cluster.nodes;
    node?.double.fault({ kind: 'delay', ms: 1_000, method: 'POST', times: 1 });
    await applyCleanup(plane, scene.namespace);
    await until(() => node?.double.posts.length === 1);
    const writes = await frozenPastLease(scene, first, proxy);
    const done = await endsWithOneEach(scene);
    expect(done.status.nodes?.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(writes()).toEqual([]);
  }));

test('hand over after SIGTERM of the leader long before its Lease would run out, and it exits with 0', () =>
  onScene(options, async (scene) => {
    const { first } = await inTheMiddle(scene);
    const toldAt = performance.now();
    const code = first.stop();
    await untilHeldBy(plane, scene.namespace, 'second');
    expect(await code).toBe(0);
    // A Lease that is not given up is taken after 15 s at the earliest.
    expect(performance.now() - toldAt).toBeLessThan(13_000);
    await endsWithOneEach(scene);
  }));
