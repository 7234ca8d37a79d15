// kill -9 of the operator at each point of a submission, with real processes on a real API server: one POST a node, Complete.
import { describe, expect, test } from '@jest/globals';
import { type ApiProxy, startApiProxy } from '../support/api-proxy.ts';
import { applyCleanup, until, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { endsWithOneEach, onScene, operatorOf, postsOf, type Scene } from '../support/scene.ts';

const plane = await sharedControlPlane();

interface Crash extends Scene {
  proxy: ApiProxy;
  operator: OperatorProcess;
}

/** An operator that goes through a proxy, to be killed. */
function aboutToCrash(body: (scene: Crash) => Promise<void>): Promise<void> {
  return onScene({ plane, name: 'crash', double: { operationMs: 500 } }, async (scene) => {
    const proxy = await startApiProxy(plane);
    scene.ends.push(() => proxy.close());
    await body({ ...scene, proxy, operator: await operatorOf(scene, { kubeconfig: proxy.kubeconfig }) });
  });
}

async function killed({ operator }: Crash): Promise<void> {
  operator.signal('SIGKILL');
  await operator.exited;
}

/** A new operator ends the run: every node Completed after one POST. Returns the attempts of the first node. */
async function recovers(scene: Crash): Promise<number | undefined> {
  await operatorOf(scene);
  return (await endsWithOneEach(scene)).status.nodes?.[0]?.attempts;
}

const isStatus = (path: string) => path.endsWith('/status');

describe('an operator that is killed with kill -9', () => {
  test.concurrent('after the intent was written, and before the POST left, sends it after the restart, once', () =>
    aboutToCrash(async (here) => {
      const matches = (path: string, body: string) => isStatus(path) && body.includes('"Submitting"');
      const held = here.proxy.hold({ what: 'answer', method: 'PUT', matches });
      await applyCleanup(plane, here.namespace);
      await held;
      await killed(here);
      expect(postsOf(here)).toEqual([0, 0]);
      expect(await recovers(here)).toBe(2);
    }));

  test.concurrent('after the POST left, and before its answer, adopts the operation after the restart', () =>
    aboutToCrash(async (here) => {
      const double = here.cluster.nodes[0]?.double;
      double?.fault({ kind: 'delay', ms: 60_000, method: 'POST', times: 1 });
      await applyCleanup(plane, here.namespace);
      await until(() => double?.posts.length === 1);
      await killed(here);
      expect(await recovers(here)).toBe(1);
    }));

  test.concurrent('after the answer came, and before the id was written, adopts the operation after the restart', () =>
    aboutToCrash(async (here) => {
      const matches = (path: string, body: string) => isStatus(path) && body.includes('"operation"');
      const held = here.proxy.hold({ what: 'request', method: 'PUT', matches });
      await applyCleanup(plane, here.namespace);
      await held;
      await killed(here);
      expect(await recovers(here)).toBe(1);
    }));

  test.concurrent('after the id was written, goes on with that operation after the restart', () =>
    aboutToCrash(async (here) => {
      await applyCleanup(plane, here.namespace);
      await untilCleanup(plane, here.namespace, ({ status }) => status.nodes?.[0]?.operation?.id !== undefined);
      await killed(here);
      expect(await recovers(here)).toBe(1);
    }));
});
