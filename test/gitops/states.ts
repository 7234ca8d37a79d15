// Every state that a run can be in, brought about for real: by Helm, an operator and Sidecar doubles on a real API server.
import type { CassandraCleanup, CassandraCleanupSpec, RunState } from '../../src/api/generated.ts';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { conditionOf, untilCleanup } from '../support/cleanups.ts';
import type { SharedControlPlane } from '../support/control-plane.ts';
import { startOperator } from '../support/operator-process.ts';
import type { SidecarDoubleOptions } from '../support/sidecar-double.ts';
import { deployed, objectOf, type Release } from './helm.ts';

/** What all tools should make of a state. */
export type Kind = 'going on' | 'suspended' | 'done' | 'failed' | 'changed after its end';

/** A state, and how a run comes to it. */
export interface StateCase {
  /** Its name in the table. */
  what: string;
  kind: Kind;
  state: RunState;
  /** Pods of a cluster of its own; 0 = none. */
  nodes: number;
  /** The state whose run has the cluster that this one is for, too. */
  clusterOf?: string;
  spec?: Partial<CassandraCleanupSpec>;
  double?: (index: number) => Partial<SidecarDoubleOptions>;
  /** Whether it is so far. */
  reached: (resource: CassandraCleanup) => boolean;
  /** What is changed then. */
  change?: Partial<CassandraCleanupSpec>;
  /** Whether the operator has seen the change; without it no operator ever does. */
  seen?: (resource: CassandraCleanup) => boolean;
}

/** A run in its state. */
export interface Reached {
  one: StateCase;
  release: Release;
}

const QUICK = { operationMs: 100, minOperationMs: 0, statusDelayMs: 0 };
const ENDLESS = { ...QUICK, operationMs: Number.POSITIVE_INFINITY };
const UNKNOWN = { ...QUICK, keyspaces: {} };
const JOINING = { ...QUICK, nodeState: 'JOINING' as const };

const waitsFor =
  (reason: string) =>
  ({ status }: CassandraCleanup) =>
    (status?.conditions ?? []).some((one) => one.type === 'Reconciling' && one.reason === reason);
const finishedFor =
  (reason: string) =>
  ({ status }: CassandraCleanup) =>
    (status?.conditions ?? []).some((one) => one.type === 'Finished' && one.status === 'True' && one.reason === reason);
const isSuspended = (resource: CassandraCleanup) => conditionOf(resource, 'Suspended') === 'True';
const isActive = ({ status }: CassandraCleanup) =>
  status?.nodes?.some(({ operation }) => operation !== undefined) === true;

/** In the order of the table. The operator sees all of them but the first, and none of the changes. */
export const STATES: readonly StateCase[] = [
  { what: 'not seen by the operator yet', kind: 'going on', state: 'Pending', nodes: 0, reached: () => true },
  { what: 'no Pod matches', kind: 'going on', state: 'Pending', nodes: 0, reached: waitsFor('NoNodesMatched') },
  {
    what: 'waits until the cluster is well',
    kind: 'going on',
    state: 'Pending',
    nodes: 1,
    double: () => JOINING,
    reached: waitsFor('ClusterUnstable'),
  },
  { what: 'a node runs', kind: 'going on', state: 'Running', nodes: 1, double: () => ENDLESS, reached: isActive },
  {
    what: 'waits for another run of the same cluster',
    kind: 'going on',
    state: 'Pending',
    nodes: 0,
    clusterOf: 'a node runs',
    reached: waitsFor('WaitingForOtherCleanup'),
  },
  {
    what: 'a node runs, another has failed',
    kind: 'going on',
    state: 'Running',
    nodes: 2,
    double: (index) => (index === 0 ? UNKNOWN : ENDLESS),
    reached: ({ status }) => status?.failed === 1 && status.active === 1,
  },
  {
    what: 'told to suspend, a node still runs',
    kind: 'going on',
    state: 'Running',
    nodes: 1,
    double: () => ENDLESS,
    reached: isActive,
    change: { suspend: true },
    seen: ({ status }) => status?.observedGeneration === 2,
  },
  { what: 'suspended', kind: 'suspended', state: 'Suspended', nodes: 1, spec: { suspend: true }, reached: isSuspended },
  {
    what: 'suspended, `suspend` has been taken back; not seen yet',
    kind: 'going on',
    state: 'Suspended',
    nodes: 1,
    spec: { suspend: true },
    reached: isSuspended,
    change: { suspend: false },
  },
  { what: 'completed', kind: 'done', state: 'Completed', nodes: 1, reached: finishedFor('NodesCompleted') },
  {
    what: 'completed, a node was skipped',
    kind: 'done',
    state: 'Completed',
    nodes: 2,
    double: (index) => ({ ...QUICK, nodeState: index === 0 ? 'NORMAL' : 'DECOMMISSIONED' }),
    reached: finishedFor('NodesSkipped'),
  },
  {
    what: 'completed, then changed; not seen yet',
    kind: 'changed after its end',
    state: 'Completed',
    nodes: 1,
    reached: finishedFor('NodesCompleted'),
    change: { ttlSecondsAfterFinished: 86_400 },
  },
  {
    what: 'failed: a node has failed',
    kind: 'failed',
    state: 'Failed',
    nodes: 1,
    double: () => UNKNOWN,
    reached: finishedFor('FailedNodes'),
  },
  {
    what: 'failed: more nodes than `maxFailedNodes`',
    kind: 'failed',
    state: 'Failed',
    nodes: 2,
    spec: { maxFailedNodes: 0 },
    double: () => UNKNOWN,
    reached: finishedFor('MaxFailedNodesExceeded'),
  },
  {
    what: 'failed: the time was up',
    kind: 'failed',
    state: 'Failed',
    nodes: 1,
    spec: { activeDeadlineSeconds: 1 },
    double: () => JOINING,
    reached: finishedFor('DeadlineExceeded'),
  },
  {
    what: 'failed: what is asked for cannot be',
    kind: 'failed',
    state: 'Failed',
    nodes: 0,
    spec: { podSelector: { matchLabels: { app: 'no such value!' } } },
    reached: finishedFor('InvalidRequest'),
  },
];

/** Brings all of them about, in a namespace of their own. When it answers no operator runs: nothing changes any more. */
export async function reachAll(plane: SharedControlPlane): Promise<Reached[]> {
  const namespace = await plane.createNamespace('states');
  const all = STATES.map((one) => reachable(one, plane, namespace));
  const [unseen, ...seen] = all;
  const clusters: TestCluster[] = [];
  const operator = await startOperator({ plane, namespaces: [namespace] });
  try {
    for (const each of seen) clusters.push(...(await begin(each)));
    for (const each of seen) await follow(each);
  } finally {
    await operator.stop();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }
  if (unseen !== undefined) await deployed(unseen.release);
  return await Promise.all(all.map(changedUnseen));
}

function reachable(one: StateCase, plane: SharedControlPlane, namespace: string): Reached {
  const nameOf = (what: string) => `state-${STATES.findIndex((other) => other.what === what)}`;
  const podSelector = { matchLabels: { 'app.kubernetes.io/instance': nameOf(one.clusterOf ?? one.what) } };
  return {
    one,
    release: { plane, namespace, name: nameOf(one.what), spec: { podSelector, keyspace: 'orders', ...one.spec } },
  };
}

/** Its cluster, where it has one of its own, and its release. */
async function begin({ one, release }: Reached): Promise<TestCluster[]> {
  const { nodes, double = () => QUICK } = one;
  const cluster = nodes === 0 ? [] : [await createCluster({ ...release, racks: 1, nodes, double })];
  await deployed(release);
  return cluster;
}

/** Waits until it is so far, then makes the change that the operator is to see. */
async function follow({ one, release }: Reached): Promise<void> {
  const { plane, namespace } = release;
  const name = objectOf(release);
  await untilCleanup(plane, namespace, one.reached, name);
  if (one.change === undefined || one.seen === undefined) return;
  await deployed(changed({ one, release }).release);
  await untilCleanup(plane, namespace, one.seen, name);
}

function changed({ one, release }: Reached): Reached {
  return { one, release: { ...release, spec: { ...release.spec, ...one.change } } };
}

/** The change that no operator sees. */
async function changedUnseen(reached: Reached): Promise<Reached> {
  const after = changed(reached);
  if (reached.one.change !== undefined && reached.one.seen === undefined) await deployed(after.release);
  return after;
}
