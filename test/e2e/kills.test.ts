// kill -9 at random moments, with real processes on a real API server: whatever was begun is found again, nothing runs twice.
// KILLS=200 (npm run test:kills) for more; SEED=n repeats a run's moments as far as real time allows.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { conditionOf, prod, until } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const KILLS = Number(process.env['KILLS'] ?? 20);
const SEED = Number(process.env['SEED'] ?? Date.now() % 100_000);
const CLUSTERS = 4;
let namespace: string;
const clusters: TestCluster[] = [];

beforeAll(async () => {
  namespace = await plane.createNamespace('kills');
  const double = () => ({ minOperationMs: 0, operationMs: 300, statusDelayMs: 0 });
  for (let index = 0; index < CLUSTERS; index += 1) {
    clusters.push(await createCluster({ plane, namespace, racks: 1, nodes: 1, name: `c${index}`, double }));
  }
  // An answer that takes its time makes the moment between the intent and the id worth aiming at.
  for (const { nodes } of clusters) nodes[0]?.double.fault({ kind: 'delay', ms: 60, method: 'POST' });
});

afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.stop()));
});

/** Park and Miller's generator: the same numbers for the same seed. */
function dice(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** One more cleanup for each cluster; of another keyspace now and then, as nothing is sent beside more than 64 like it. */
async function applyRound(round: number): Promise<void> {
  const keyspace = `${prod.keyspace}_${Math.floor(round / 50)}`;
  const items = clusters.map((_, index) => ({
    apiVersion: 'cassandra-sidecar.io/v1alpha1',
    kind: 'CassandraCleanup',
    metadata: { name: `c${index}-r${round}`, namespace },
    spec: { ...prod, keyspace, podSelector: { matchLabels: { 'app.kubernetes.io/instance': `c${index}` } } },
  }));
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  expect((await plane.kubectl(['create', '--filename', '-'], { input })).code).toBe(0);
}

/** An operator that nobody kills brings every run to its end. */
async function letFinish(): Promise<void> {
  const operator = await startOperator({ plane, namespaces: [namespace] });
  const isDone = async () => (await all()).every((resource) => conditionOf(resource, 'Finished') === 'True');
  await until(isDone, 320_000);
  await operator.stop();
}

async function all(): Promise<CassandraCleanup[]> {
  const { stdout } = await plane.kubectl(['get', 'cassandracleanups', '--namespace', namespace, '--output', 'json']);
  return JSON.parse(stdout).items;
}

const hasOpenIntent = ({ status }: CassandraCleanup) =>
  status.nodes?.some((run) => run.state === 'Submitting') === true;

test(
  `after ${KILLS} kills at random moments (seed ${SEED}) every run is Complete, and no node ran two at a time`,
  async () => {
    const random = dice(SEED);
    let betweenIntentAndId = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const operator = await startOperator({ plane, namespaces: [namespace] });
      await applyRound(kill);
      await sleep(400 * random());
      operator.signal('SIGKILL');
      await operator.exited;
      if ((await all()).some(hasOpenIntent)) betweenIntentAndId += 1;
      if ((kill + 1) % 20 === 0 || kill + 1 === KILLS) await letFinish();
    }
    const resources = await all();
    expect(resources).toHaveLength(KILLS * CLUSTERS);
    expect(resources.filter((resource) => conditionOf(resource, 'Complete') !== 'True')).toEqual([]);
    for (const [index, { nodes }] of clusters.entries()) {
      const double = nodes[0]?.double;
      const runs = resources
        .filter(({ metadata }) => metadata.name.startsWith(`c${index}-`))
        .flatMap((one) => one.status.nodes ?? []);
      const named = new Set(runs.flatMap((run) => [run.operation?.id, run.previous?.id]));
      expect(double?.mostActiveCleanups()).toBe(1);
      expect(double?.posts.map(({ id }) => id).filter((id) => !named.has(id))).toEqual([]);
      expect(double?.posts).toHaveLength(KILLS);
    }
    expect(betweenIntentAndId).toBeGreaterThanOrEqual(KILLS / 10);
  },
  600_000 + KILLS * 15_000,
);
