// What a run costs, counted by the API server's audit log, and how fast it is, with the doubles' own 1 s waits off.
import { afterEach, describe, expect, test } from '@jest/globals';
import { createCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, untilCleanup } from '../support/cleanups.ts';
import { OPERATOR_USER } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const NODES = 10;

/** Runs one cleanup of ten nodes with operations of 1 s: writes per node-operation, seconds to the end, ms to the first POST. */
async function measure(parallelism: number) {
  const namespace = await plane.createNamespace('cost');
  const double = () => ({ minOperationMs: 0, operationMs: 1_000, statusDelayMs: 0 });
  const cluster = await createCluster({ plane, namespace, racks: 1, nodes: NODES, double });
  ends.push(() => cluster.stop());
  const operator = await startOperator({ plane, namespaces: [namespace] });
  ends.push(() => operator.stop());
  await applyCleanup(plane, namespace, { parallelism });
  const done = await untilCleanup(plane, namespace, (resource) => conditionOf(resource, 'Finished') === 'True');
  expect(conditionOf(done, 'Complete')).toBe('True');
  const begun = Date.parse(done.status.startTime ?? '');
  const posted = cluster.nodes.flatMap(({ double }) => double.requests.filter(({ method }) => method === 'POST'));
  const audit = await plane.audit({ user: OPERATOR_USER, namespace });
  const writes = audit.filter((entry) => entry.resource === 'cassandracleanups' && entry.verb === 'update');
  return {
    writes: writes.length / NODES,
    seconds: (Date.parse(done.status.completionTime ?? '') - begun) / 1_000,
    firstPostMs: Math.min(...posted.map(({ at }) => at)) - begun,
    calls: cluster.nodes.reduce((sum, node) => sum + node.double.requests.length, 0) / NODES,
  };
}

describe('a run of ten nodes with operations of one second', () => {
  test('one node at a time: at most 3 writes a node, ended within 15 s, first POST within 250 ms', async () => {
    const cost = await measure(1);
    expect(cost.writes).toBeLessThanOrEqual(3);
    expect(cost.seconds).toBeLessThanOrEqual(15);
    expect(cost.firstPostMs).toBeLessThanOrEqual(250);
    expect(cost.calls).toBeLessThanOrEqual(30);
  }, 60_000);

  test('ten nodes at a time: at most 0.8 writes a node, ended within 2.5 s, first POST within 250 ms', async () => {
    const cost = await measure(10);
    expect(cost.writes).toBeLessThanOrEqual(0.8);
    expect(cost.seconds).toBeLessThanOrEqual(2.5);
    expect(cost.firstPostMs).toBeLessThanOrEqual(250);
    expect(cost.calls).toBeLessThanOrEqual(30);
  }, 60_000);
});
