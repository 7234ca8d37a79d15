// Sidecars at their worst, with the operator as a process: each costs its own run only, and its node says why.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const quick = { minOperationMs: 0, operationMs: 500, statusDelayMs: 0 };
let operator: OperatorProcess;
const clusters: TestCluster[] = [];
let silent: { namespace: string; cluster: TestCluster };
let garbage: { namespace: string; cluster: TestCluster };
let frozen: { namespace: string; cluster: TestCluster };
let healthy: { namespace: string; cluster: TestCluster };

async function place(name: string) {
  const namespace = await plane.createNamespace(name);
  const cluster = await createCluster({ plane, namespace, racks: 1, nodes: 1, double: () => quick });
  clusters.push(cluster);
  return { namespace, cluster };
}

beforeAll(async () => {
  silent = await place('silent');
  garbage = await place('garbage');
  frozen = await place('frozen');
  healthy = await place('healthy');
  const namespaces = [silent, garbage, frozen, healthy].map((one) => one.namespace);
  operator = await startOperator({ plane, namespaces });
});

afterAll(async () => {
  await operator?.stop();
  await Promise.all(clusters.map((cluster) => cluster.stop()));
});

/** How long a run takes where all is well, in ms. */
async function healthyRun(name: string): Promise<number> {
  const begun = performance.now();
  await applyCleanup(plane, healthy.namespace, {}, name);
  const done = await untilCleanup(plane, healthy.namespace, (one) => conditionOf(one, 'Finished') === 'True', name);
  expect(conditionOf(done, 'Complete')).toBe('True');
  return performance.now() - begun;
}

describe('a Sidecar', () => {
  test('that never answers, or answers garbage, delays no other run, and its node says why', async () => {
    const alone = await healthyRun('alone');
    silent.cluster.nodes[0]?.double.fault({ kind: 'silent' });
    garbage.cluster.nodes[0]?.double.fault({ kind: 'html' });
    await applyCleanup(plane, silent.namespace);
    await applyCleanup(plane, garbage.namespace);
    // The first calls to the silent one are given up after 10 s.
    expect(await healthyRun('beside')).toBeLessThan(alone + 9_000);
    const mute = await untilCleanup(plane, silent.namespace, ({ status }) => status.nodes?.[0]?.reason !== undefined);
    expect(mute.status.nodes?.[0]).toMatchObject({ state: 'Pending', reason: 'SidecarUnreachable' });
    expect(mute.status.nodes?.[0]?.message).toMatch(/no answer/i);
    const mad = await untilCleanup(plane, garbage.namespace, ({ status }) => status.nodes?.[0]?.reason !== undefined);
    expect(mad.status.nodes?.[0]).toMatchObject({ state: 'Pending', reason: 'SidecarInvalidAnswer' });
    expect(mad.status.nodes?.[0]?.message).not.toContain('<');
  });

  test('that freezes, and carries out a POST after its client has gone, gets no second one', async () => {
    const double = frozen.cluster.nodes[0]?.double;
    if (double === undefined) throw new Error('no double');
    const answered = new Set<string>();
    for (const path of ['/operations?type', '/status']) {
      const body = (text: string) => {
        if (answered.add(path).size === 2) double.freeze(15_000);
        return text;
      };
      double.fault({ kind: 'rewrite', method: 'GET', path, times: 1, body });
    }
    await applyCleanup(plane, frozen.namespace);
    const sent = await untilCleanup(plane, frozen.namespace, ({ status }) => status.nodes?.[0]?.state === 'Submitting');
    const intentAt = Date.parse(sent.status.nodes?.[0]?.intent?.time ?? '');
    const done = await untilCleanup(plane, frozen.namespace, (one) => conditionOf(one, 'Finished') === 'True');
    expect(conditionOf(done, 'Complete')).toBe('True');
    expect(Date.parse(done.status.nodes?.[0]?.operation?.creationTime ?? '') - intentAt).toBeGreaterThan(12_000);
    expect(double?.posts).toHaveLength(1);
  });
});
