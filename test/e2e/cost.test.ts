// What a run costs, counted by the API server's audit log, and how fast it is, with the doubles' own 1 s waits off.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, untilCleanup } from '../support/cleanups.ts';
import { OPERATOR_USER } from '../support/control-plane.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const NODES = 10;
let namespace: string;
let cluster: TestCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  namespace = await plane.createNamespace('cost');
  const double = () => ({ minOperationMs: 0, operationMs: 1_000, statusDelayMs: 0 });
  cluster = await createCluster({ plane, namespace, racks: 1, nodes: NODES, double });
  operator = await startOperator({ plane, namespaces: [namespace] });
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

/** Status writes of the operator so far, by the API server's audit log. */
async function writesSoFar(): Promise<number> {
  const audit = await plane.audit({ user: OPERATOR_USER, namespace });
  return audit.filter((entry) => entry.resource === 'cassandracleanups' && entry.verb === 'update').length;
}

/** Runs one cleanup of ten nodes: writes and calls per node-operation, seconds to the end, ms to the first POST. */
async function measure(name: string, parallelism: number) {
  const seen = cluster.nodes.map(({ double }) => double.requests.length);
  const before = await writesSoFar();
  await applyCleanup(plane, namespace, { parallelism }, name);
  const done = await untilCleanup(plane, namespace, (one) => conditionOf(one, 'Finished') === 'True', { name });
  expect(conditionOf(done, 'Complete')).toBe('True');
  const begun = Date.parse(done.status.startTime ?? '');
  const requests = cluster.nodes.flatMap(({ double }, index) => double.requests.slice(seen[index]));
  const posts = requests.filter(({ method }) => method === 'POST');
  expect(posts).toHaveLength(NODES);
  return {
    writes: ((await writesSoFar()) - before) / NODES,
    seconds: (Date.parse(done.status.completionTime ?? '') - begun) / 1_000,
    firstPostMs: Math.min(...posts.map(({ at }) => at)) - begun,
    calls: requests.length / NODES,
  };
}

describe('a run of ten nodes with operations of one second', () => {
  test('one node at a time costs at most 3 writes a node and ends within 15 s', async () => {
    const cost = await measure('one', 1);
    expect(cost.writes).toBeLessThanOrEqual(3);
    expect(cost.seconds).toBeLessThanOrEqual(15);
    expect(cost.calls).toBeLessThanOrEqual(30);
  }, 60_000);

  test('ten nodes at a time costs at most 0.8 writes a node and ends within 2.5 s', async () => {
    const cost = await measure('ten', 10);
    expect(cost.writes).toBeLessThanOrEqual(0.8);
    expect(cost.seconds).toBeLessThanOrEqual(2.5);
    expect(cost.calls).toBeLessThanOrEqual(30);
  }, 60_000);

  test('sends its first POST within 250 ms, in half of the runs or more', async () => {
    const times: number[] = [];
    for (let index = 0; index < 5; index += 1) times.push((await measure(`start-${index}`, 10)).firstPostMs);
    expect(times.sort((a, b) => a - b)[2]).toBeLessThanOrEqual(250);
  }, 60_000);
});
