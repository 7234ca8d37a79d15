// What a run costs, counted by the API server's audit log, with the doubles' own 1 s waits off. How fast it is: load/pace.test.ts.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

/** Status writes and Events of the operator so far, by the API server's audit log. */
async function writesSoFar() {
  const audit = await plane.audit({ user: OPERATOR_USER, namespace });
  const writes = audit.filter(({ resource, verb }) => resource === 'cassandracleanups' && verb === 'update');
  const events = audit.filter(({ resource, verb }) => resource === 'events' && verb === 'create');
  return { writes: writes.length, events: events.length };
}

/** Runs one cleanup of ten nodes: status writes, Events and calls to Sidecars per node-operation. */
async function measure(name: string, parallelism: number) {
  const seen = cluster.nodes.map(({ double }) => double.requests.length);
  const before = await writesSoFar();
  await applyCleanup(plane, namespace, { parallelism }, name);
  const done = await untilCleanup(plane, namespace, (one) => conditionOf(one, 'Finished') === 'True', name);
  expect(conditionOf(done, 'Complete')).toBe('True');
  const requests = cluster.nodes.flatMap(({ double }, index) => double.requests.slice(seen[index]));
  expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(NODES);
  const { writes, events } = await writesSoFar();
  return {
    writes: (writes - before.writes) / NODES,
    events: (events - before.events) / NODES,
    calls: requests.length / NODES,
  };
}

test.each([
  { parallelism: 1, writes: 3 },
  { parallelism: 10, writes: 0.8 },
])(
  'a run of ten nodes, $parallelism at a time, costs a node at most $writes status writes, 2.5 Events and 30 calls',
  async (most) => {
    const cost = await measure(`by-${most.parallelism}`, most.parallelism);
    expect(cost.writes).toBeLessThanOrEqual(most.writes);
    expect(cost.events).toBeLessThanOrEqual(2.5);
    expect(cost.calls).toBeLessThanOrEqual(30);
  },
);
