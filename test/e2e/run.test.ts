// The main job on a real API server, and what users and their tools see of it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster, type TestCluster } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, getCleanup, until, untilCleanup } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

const plane = await sharedControlPlane();
const quick = { minOperationMs: 0, operationMs: 300, statusDelayMs: 0 };
const finished = (resource: Parameters<typeof conditionOf>[0]) => conditionOf(resource, 'Finished') === 'True';
let operator: OperatorProcess;
let namespace: string;
let cluster: TestCluster;

beforeAll(async () => {
  namespace = await plane.createNamespace('run');
  cluster = await createCluster({ plane, namespace, racks: 2, nodes: 4, double: () => quick });
  operator = await startOperator({ plane, namespaces: [namespace] });
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

const kubectl = (...args: string[]) => plane.kubectl(['--namespace', namespace, ...args]);

describe('a CassandraCleanup', () => {
  test('runs to Complete, rack by rack, and kubectl wait returns', async () => {
    await applyCleanup(plane, namespace, { tables: ['items'] }, 'good');
    const wait = await kubectl('wait', '--for=condition=Complete', 'cclean/good', '--timeout=30s');
    expect(wait).toMatchObject({ code: 0 });
    const done = await getCleanup(plane, namespace, 'good');
    expect(done.status).toMatchObject({ state: 'Completed', total: 4, completed: 4, progressPercent: 100 });
    const started = (done.status.nodes ?? []).map((run) => [run.operation?.startTime ?? '', run.rack]);
    expect(started.sort().map(([, rack]) => rack)).toEqual(['rack1', 'rack1', 'rack2', 'rack2']);
  });

  test('holds in its status what each Sidecar said, to the letter', async () => {
    const { status } = await getCleanup(plane, namespace, 'good');
    for (const { name, double } of cluster.nodes) {
      const response = await fetch(`http://${double.host}:${double.port}/operations`);
      const told = ((await response.json()) as Record<string, unknown>[]).find((one) => one['type'] === 'cleanup');
      const { id, state, progress, creationTime, startTime, completionTime } = told ?? {};
      const run = status.nodes?.find((one) => one.name === name);
      expect(run?.operation).toEqual({ id, state, progress, creationTime, startTime, completionTime });
    }
  });

  test('that fails is Finished, Failed and Stalled, names the cause, and stops at the first failure if it should', async () => {
    await applyCleanup(plane, namespace, { keyspace: 'nope', maxFailedNodes: 0 }, 'bad');
    const wait = await kubectl('wait', '--for=condition=Finished', 'cclean/bad', '--timeout=30s');
    expect(wait).toMatchObject({ code: 0 });
    const failed = await getCleanup(plane, namespace, 'bad');
    const conditions = ['Complete', 'Failed', 'Finished', 'Reconciling', 'Stalled'].map((type) =>
      conditionOf(failed, type),
    );
    expect(conditions).toEqual(['False', 'True', 'True', 'False', 'True']);
    expect(failed.status).toMatchObject({ state: 'Failed', failed: 1, skipped: 3 });
    const run = failed.status.nodes?.find((one) => one.state === 'Failed');
    expect(run).toMatchObject({ reason: 'InvalidRequest', message: 'Keyspace nope does not exist' });
    expect(run?.operation).toMatchObject({
      state: 'FAILED',
      failureCause: { message: 'Keyspace nope does not exist' },
    });
  });

  test('is listed by its columns, by state, by short name and by category', async () => {
    const list = await kubectl('get', 'cclean');
    expect(list.stdout).toMatch(/NAME +STATE +NODES +COMPLETED +FAILED +PROGRESS +AGE/);
    expect(list.stdout).toMatch(/good +Completed +4 +4 +0 +100 /);
    const wide = await kubectl('get', 'cclean', '-o', 'wide');
    expect(wide.stdout).toMatch(/ACTIVE +KEYSPACE +STARTED +FINISHED +REASON +MESSAGE/);
    expect(wide.stdout).toMatch(/good .*orders .*NodesCompleted +4 of 4 nodes completed/);
    expect(wide.stdout).toMatch(/bad .*nope .*MaxFailedNodesExceeded/);
    const chosen = await kubectl('get', 'cassandra', '--field-selector', 'status.state=Failed', '-o', 'name');
    expect(chosen.stdout.trim()).toBe('cassandracleanup.cassandra-sidecar.io/bad');
  });

  test('tells its story in Events', async () => {
    const reasons = async () => {
      const { stdout } = await kubectl('get', 'events', '-o', 'json');
      const items: { reason: string; note?: string; message?: string }[] = JSON.parse(stdout).items;
      return items.map((item) => item.reason);
    };
    await until(async () => (await reasons()).includes('Failed'));
    expect(await reasons()).toEqual(
      expect.arrayContaining(['NodeStarted', 'NodeCompleted', 'Completed', 'NodeFailed', 'NodeSkipped', 'Failed']),
    );
  });

  test('that is suspended starts nothing more, says so, and goes on when it is resumed', async () => {
    await applyCleanup(plane, namespace, { suspend: true }, 'paused');
    const paused = await untilCleanup(plane, namespace, ({ status }) => status.state === 'Suspended', 'paused');
    expect(['Suspended', 'Reconciling'].map((type) => conditionOf(paused, type))).toEqual(['True', 'False']);
    const posts = cluster.nodes.map(({ double }) => double.posts.length);
    await kubectl('patch', 'cclean', 'paused', '--type=merge', '--patch', '{"spec":{"suspend":false}}');
    const done = await untilCleanup(plane, namespace, finished, 'paused');
    expect(conditionOf(done, 'Complete')).toBe('True');
    expect(cluster.nodes.map(({ double }) => double.posts.length)).toEqual(posts.map((count) => count + 1));
  });

  test('waits for another one of the same cluster, and runs after it', async () => {
    await applyCleanup(plane, namespace, {}, 'first');
    await applyCleanup(plane, namespace, { keyspace: 'items' }, 'second');
    await untilCleanup(
      plane,
      namespace,
      ({ status }) => status.conditions?.some(({ reason }) => reason === 'WaitingForOtherCleanup') === true,
      'second',
    );
    const second = await untilCleanup(plane, namespace, finished, 'second');
    const first = await getCleanup(plane, namespace, 'first');
    const lastOfFirst =
      (first.status.nodes ?? [])
        .map((run) => run.operation?.completionTime ?? '')
        .sort()
        .at(-1) ?? '';
    const firstOfSecond = (second.status.nodes ?? []).map((run) => run.operation?.creationTime ?? '').sort()[0] ?? '';
    expect(lastOfFirst < firstOfSecond).toBe(true);
    expect(cluster.nodes.map(({ double }) => double.mostActiveCleanups())).toEqual([1, 1, 1, 1]);
  });

  test('is deleted when its time to live after finishing is over', async () => {
    await applyCleanup(plane, namespace, { ttlSecondsAfterFinished: 1 }, 'short');
    await until(async () => (await kubectl('get', 'cclean', 'short')).code !== 0);
  });

  test('waits at the gate while a Pod of the cluster is not Ready, naming it, and goes on when it is', async () => {
    const node = cluster.nodes[3];
    if (node === undefined) throw new Error('no node');
    const statuses = (ready: boolean) => ({
      containerStatuses: ['cassandra', 'icarus'].map((name) => ({
        ...{ name, image: name, imageID: name, containerID: `test://${node.name}-${name}`, restartCount: 0 },
        ready: ready || name === 'icarus',
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
      })),
    });
    await cluster.patchStatus(node.name, statuses(false));
    await applyCleanup(plane, namespace, {}, 'gated');
    const waiting = await untilCleanup(
      plane,
      namespace,
      ({ status }) => status.conditions?.some(({ reason }) => reason === 'ClusterUnstable') === true,
      'gated',
    );
    const message = waiting.status.conditions?.find(({ type }) => type === 'Reconciling')?.message;
    expect(message).toBe(`Pod ${node.name} is not Ready`);
    await cluster.patchStatus(node.name, statuses(true));
    expect(conditionOf(await untilCleanup(plane, namespace, finished, 'gated'), 'Complete')).toBe('True');
  });
});
