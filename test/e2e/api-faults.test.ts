// A real API server on its bad days, seen through a proxy, in mid-run: watches that go silent or are closed, refusals and
// storms of conflicts. The run ends with one operation a node, and the operator never asks in a loop.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type ApiProxy, isWatch, startApiProxy } from '../support/api-proxy.ts';
import { adminRequest, cleanupPath } from '../support/api-request.ts';
import { applyCleanup, until, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { endsWithOneEach, onScene, operatorOf, postsOf, type Scene } from '../support/scene.ts';
import { createAccount } from '../support/service-account.ts';

const plane = await sharedControlPlane();

interface Proxied extends Scene {
  proxy: ApiProxy;
}

/** A cluster, and a proxy for an operator that is still to be started. */
function behindProxy(name: string, body: (scene: Proxied) => Promise<void>, operationMs = 500): Promise<void> {
  return onScene({ plane, name, double: { operationMs } }, async (scene) => {
    const proxy = await startApiProxy(plane);
    scene.ends.push(() => proxy.close());
    await body({ ...scene, proxy });
  });
}

/** An operator behind the proxy whose first operation runs until `finish()`. */
async function inTheMiddle(scene: Proxied, kubeconfig = scene.proxy.kubeconfig): Promise<{ finish: () => void }> {
  const { namespace, cluster } = scene;
  await operatorOf(scene, { kubeconfig });
  await applyCleanup(plane, namespace);
  await untilCleanup(plane, namespace, ({ status }) => status.nodes?.[0]?.operation?.state === 'RUNNING');
  const finish = () => {
    for (const { double } of cluster.nodes) double.settings.operationMs = 300;
    const double = cluster.nodes[0]?.double;
    double?.finish(double.posts[0]?.id ?? '');
  };
  return { finish };
}

const always = () => true;
const isStatusWrite = (path: string) => path.endsWith('/status');
const ENDLESS = Number.POSITIVE_INFINITY;

/** Most requests that fall into any one second. */
function mostInOneSecond(times: readonly number[]): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
}

test.concurrent('a watch that goes silent, half open, costs less than 60 s: what it missed is found', () =>
  behindProxy('half-open', async (scene) => {
    const { namespace, proxy } = scene;
    await operatorOf(scene, { kubeconfig: proxy.kubeconfig });
    await until(() => proxy.requests.filter(({ path, status }) => isWatch(path) && status === 200).length === 2);
    expect(proxy.mute()).toBe(2);
    await applyCleanup(plane, namespace);
    const missedAt = performance.now();
    await until(() => postsOf(scene)[0] === 1);
    expect(performance.now() - missedAt).toBeLessThan(60_000);
    await endsWithOneEach(scene);
  }));

test.concurrent('a server that closes every watch is asked at most twice a second, at no even pace, and all is well after it', () =>
  behindProxy('closes', async (scene) => {
    const { namespace, proxy } = scene;
    const heal = proxy.refuse({ matches: isWatch, status: 200, body: '' });
    await operatorOf(scene, { kubeconfig: proxy.kubeconfig });
    const begun = performance.now();
    const watches = () => proxy.requests.filter(({ path }) => isWatch(path));
    await until(() => performance.now() - begun > 12_000);
    const span = performance.now() - begun;
    const reconnects = [0, 1].flatMap((which) => gaps(watches(), which));
    expect(reconnects.length / (span / 1_000)).toBeLessThanOrEqual(2);
    expect(reconnects.length).toBeGreaterThanOrEqual(4);
    expect(mostInOneSecond(reconnects.map(({ at }) => at))).toBeLessThanOrEqual(2);
    for (const { gap, nth } of reconnects) expect(gap).toBeGreaterThanOrEqual(790 * 2 ** nth);
    expect(new Set(reconnects.map(({ gap, nth }) => Math.round(gap / 2 ** nth / 10))).size).toBeGreaterThan(1);
    heal();
    await applyCleanup(plane, namespace);
    await endsWithOneEach(scene);
  }));

/** When one of the two collections was watched again, how long after the time before, and for the how-manieth time. */
function gaps(watches: ApiProxy['requests'], which: number): { at: number; gap: number; nth: number }[] {
  const paths = [...new Set(watches.map(({ path }) => path.split('?')[0]))];
  const times = watches.filter(({ path }) => path.split('?')[0] === paths[which]).map(({ at }) => at);
  return times.slice(1).map((at, nth) => ({ at, gap: at - (times[nth] ?? 0), nth }));
}

test.concurrent('a token that is revoked in mid-run stops nothing for long: the rotated one is read, and the run ends', () =>
  behindProxy(
    'revoked',
    async (scene) => {
      const { proxy } = scene;
      const account = await createAccount(plane, scene.namespace, proxy.url);
      const { finish } = await inTheMiddle(scene, account.kubeconfig);
      await account.revoke();
      proxy.cut();
      const refused = () => proxy.requests.filter(({ status }) => status === 401);
      await until(() => refused().length > 0);
      finish();
      await until(() => refused().some(({ path }) => isStatusWrite(path)));
      expect(postsOf(scene)).toEqual([1, 0]);
      await account.rotate();
      await endsWithOneEach(scene);
      expect(mostInOneSecond(refused().map(({ at }) => at))).toBeLessThanOrEqual(8);
    },
    ENDLESS,
  ));

test.concurrent('rights that are taken away in mid-run are waited for, without a loop, and the run ends when they are back', () =>
  behindProxy(
    'forbidden',
    async (scene) => {
      const { proxy } = scene;
      const account = await createAccount(plane, scene.namespace, proxy.url);
      const { finish } = await inTheMiddle(scene, account.kubeconfig);
      await account.unbind();
      proxy.cut();
      finish();
      const refused = () => proxy.requests.filter(({ status }) => status === 403);
      await until(() => refused().filter(({ path }) => isStatusWrite(path)).length >= 1);
      const from = performance.now();
      await until(() => performance.now() - from > 5_000);
      expect(postsOf(scene)).toEqual([1, 0]);
      await account.bind();
      await endsWithOneEach(scene);
      expect(mostInOneSecond(refused().map(({ at }) => at))).toBeLessThanOrEqual(8);
    },
    ENDLESS,
  ));

test.concurrent('a server that answers 429 is asked no sooner than it said, and the run ends', () =>
  behindProxy(
    'throttled',
    async (scene) => {
      const { proxy } = scene;
      const { finish } = await inTheMiddle(scene);
      const heal = proxy.refuse({ matches: always, status: 429, headers: { 'retry-after': '3' } });
      proxy.cut();
      finish();
      const from = performance.now();
      await until(() => performance.now() - from > 8_000);
      heal();
      const refused = proxy.requests.filter(({ status }) => status === 429);
      expect(refused.length).toBeLessThanOrEqual(12);
      await endsWithOneEach(scene);
    },
    ENDLESS,
  ));

test.concurrent('somebody who writes to the object all the time slows the run down, and no more', () =>
  behindProxy('conflicts', async (scene) => {
    const { namespace, proxy } = scene;
    let storming = true;
    await applyCleanup(plane, namespace);
    const storm = (async () => {
      for (let nth = 0; storming; nth += 1) {
        const body = { metadata: { annotations: { storm: String(nth) } } };
        await adminRequest(plane, { method: 'PATCH', path: cleanupPath(namespace, 'cleanup'), body });
        await sleep(5); // some 100 a second
      }
      return 0;
    })();
    scene.ends.push(() => {
      storming = false;
      return storm;
    });
    await operatorOf(scene, { kubeconfig: proxy.kubeconfig });
    await endsWithOneEach(scene);
    const conflicts = proxy.requests.filter(({ status }) => status === 409).map(({ at }) => at);
    expect(mostInOneSecond(conflicts)).toBeLessThanOrEqual(40);
  }));

test.concurrent('a server that answers each write with 409 is not asked in a loop, and the run ends after it', () =>
  behindProxy(
    'conflicting',
    async (scene) => {
      const { proxy } = scene;
      const { finish } = await inTheMiddle(scene);
      const heal = proxy.refuse({ method: 'PUT', matches: isStatusWrite, status: 409 });
      const from = performance.now();
      finish();
      await until(() => performance.now() - from > 8_000);
      heal();
      const refused = proxy.requests.filter(({ status }) => status === 409);
      await endsWithOneEach(scene);
      expect(refused.length).toBeLessThanOrEqual(40);
    },
    ENDLESS,
  ));
