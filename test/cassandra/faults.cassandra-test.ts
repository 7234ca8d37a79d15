// What breaks in mid-cleanup, on Cassandra 5.0.6: a Cassandra, a Sidecar, a compaction in the way, a drained node. Never a
// second cleanup while one may still run, the right end, and the honest reason until then.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { cleanupsOf, createKeyspace, disown, loadTable, tell, throttle } from './data.ts';
import { createScene, type Scene, waitOf } from './pods.ts';
import { createRing, INSTANT, type Ring, type RingNode, VERSIONS } from './ring.ts';
import { ask, cleanAndWait } from './sidecar-calls.ts';
import { describeTier } from './tier.ts';

/** Rows of 8 KiB: enough to be still at it when something happens. */
const TABLES = { broken: 6_000, busy: 3_000, drained: 1_000 };
const LOSS_WAIT_MS = 60_000;
const BELIEVED_MS = 10_000;
/** The ring changes while the first is cleaned, for longer than an answer of /status is fresh; the others are still to come. */
const MANY = ['m1', 'm2', 'm3'];
/** Megabits: node 2 hands over its rows in some seconds, not at once. */
const STREAM = { slow: 16, fast: 400 };

describeTier('in mid-cleanup', () => {
  let ring: Ring;
  let scene: Scene;
  let one: RingNode;
  let two: RingNode;
  const before: Record<string, number[]> = {};
  const bytes = (table: string) => ring.nodes.map((node) => node.bytesOf('k', table));

  beforeAll(async () => {
    ring = await createRing({ version: VERSIONS.newest, settings: { ...INSTANT, stream_entire_sstables: 'false' } });
    one = await ring.add();
    two = await ring.add();
    await createKeyspace(ring, 'k', 2);
    for (const [table, rows] of Object.entries(TABLES))
      await loadTable(ring, { keyspace: 'k', table, rows, bytes: 8_192, sstables: 12 });
    await disown(ring, 'k');
    for (const table of Object.keys(TABLES)) before[table] = bytes(table);
    scene = await createScene(sharedControlPlane(), 'faults');
    for (const node of ring.nodes) await scene.addPod(node);
    await scene.operator();
  });

  afterAll(async () => {
    await scene?.stop();
    await ring?.stop();
  });

  const listed = async ({ engine }: RingNode, table: string) =>
    (await ask(engine, '/operations?type=cleanup')).list.filter(({ tables }) => tables?.includes(table));
  const halved = (table: string) => {
    const shares = bytes(table).map((now, index) => now / (before[table]?.[index] ?? 1));
    for (const share of shares) expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
  };

  test('Cassandra is killed on one node and the Sidecar on another: both are cleaned again, a minute later, once', async () => {
    await Promise.all(ring.nodes.map((node) => throttle(node, 1)));
    await scene.apply('broken', { keyspace: 'k', tables: ['broken'], jobs: 1, parallelism: 2 });
    await scene.until(
      'broken',
      ({ status }) => status.nodes?.filter((run) => run.operation?.state === 'RUNNING').length === 2,
    );
    await until(async () => (await Promise.all(ring.nodes.map(cleanupsOf))).every((list) => list.length === 1));
    const [lost] = await listed(two, 'broken');
    await Promise.all([one.kill(), two.engine.kill()]);
    const broken = Date.now();
    await scene.setContainer(one, 'cassandra', { ready: false });
    await two.engine.start();
    await scene.setContainer(two, 'icarus', { ready: true, restarts: 1 });
    // Between two SSTables nothing is listed for a moment.
    await until(async () => (await cleanupsOf(two)).length === 1);
    const reasonOf = async (index: number, reason: string) => {
      const { status } = await scene.until('broken', (it) => it.status.nodes?.[index]?.reason === reason);
      return `${reason}: ${status.nodes?.[index]?.message}`;
    };
    tell(`node 1, Cassandra killed: ${await reasonOf(0, 'JmxBroken')}`);
    tell(`node 2, Sidecar killed: ${await reasonOf(1, 'OperationLost')}`);
    await one.start();
    await scene.setContainer(one, 'cassandra', { ready: true, restarts: 1 });
    const done = await scene.finished('broken');
    expect(done.status).toMatchObject({ state: 'Completed', completed: 2 });
    expect(done.status.nodes?.map((run) => run.attempts)).toEqual([2, 2]);
    const [again, ...more] = await listed(two, 'broken');
    expect(more).toEqual([]);
    expect(again?.id).not.toBe(lost?.id);
    expect(Date.parse(again?.creationTime ?? '') - broken).toBeGreaterThanOrEqual(LOSS_WAIT_MS);
    expect((await listed(one, 'broken')).map(({ state }) => state)).toEqual(['COMPLETED', 'FAILED']);
    tell(`both again after ${Math.round((Date.parse(again?.creationTime ?? '') - broken) / 1_000)} s: Completed`);
    halved('broken');
  });

  test('a cleanup that somebody else started stands in the way (code 2): it is retried until it goes through', async () => {
    await throttle(one, 1);
    const foreign = one.call<number>('forceKeyspaceCleanup', 1, 'k', ['busy']);
    await until(async () => (await cleanupsOf(one)).length === 1);
    await scene.apply('busy', { keyspace: 'k', tables: ['busy'], jobs: 1, parallelism: 2 });
    const waiting = await scene.until('busy', ({ status }) => status.nodes?.[0]?.reason === 'CompactionBusy');
    tell(`code 2: ${waiting.status.nodes?.[0]?.message}`);
    await throttle(one, 0);
    expect(await foreign).toBe(0);
    const done = await scene.finished('busy');
    expect(done.status).toMatchObject({ state: 'Completed', completed: 2 });
    const list = await listed(one, 'busy');
    expect(list.at(0)?.state).toBe('COMPLETED');
    expect(list.at(-1)).toMatchObject({ state: 'FAILED' });
    halved('busy');
  });

  test('a drained node keeps the gate closed and is not cleaned; when it is back, all are', async () => {
    await two.call('drain');
    // What the Sidecar said before is believed of another node for up to 10 s where Cassandra guards itself.
    const drainedAt = Date.now();
    await until(() => Date.now() - drainedAt > BELIEVED_MS);
    await scene.apply('drained', { keyspace: 'k', tables: ['drained'], jobs: 1, parallelism: 2 });
    const waiting = await scene.until('drained', (it) => waitOf(it).includes('DRAINED'));
    expect(waitOf(waiting)).toBe(`ClusterUnstable: Cassandra of Pod ${two.pod} is DRAINED`);
    expect(await Promise.all(ring.nodes.map((node) => listed(node, 'drained')))).toEqual([[], []]);
    expect(bytes('drained')).toEqual(before['drained']);
    await two.kill();
    await two.start();
    expect((await scene.finished('drained')).status).toMatchObject({ state: 'Completed', completed: 2 });
    halved('drained');
  });

  test('a node leaves in mid-cleanup (code 1): the gate holds until it has left, then the other is cleaned again', async () => {
    await createKeyspace(ring, 'many', 2);
    const load = { keyspace: 'many', rows: 2_400, bytes: 4_096, sstables: 2 };
    await Promise.all(MANY.map((table) => loadTable(ring, { ...load, table })));
    await disown(ring, 'many');
    await Promise.all([throttle(one, 1), two.set('StreamThroughputMbPerSec', STREAM.slow)]);
    await scene.apply('code-1', { keyspace: 'many', jobs: 1 });
    await scene.until('code-1', ({ status }) => status.nodes?.[0]?.operation?.state === 'RUNNING');
    await until(async () => (await cleanupsOf(one)).length === 1);
    const left = two.call('decommission', true);
    const aborted = await scene.until('code-1', ({ status }) =>
      (status.nodes?.[0]?.message ?? '').startsWith('Aborted'),
    );
    tell(`code 1: ${aborted.status.nodes?.[0]?.reason}: ${aborted.status.nodes?.[0]?.message}`);
    await throttle(one, 0);
    const waiting = await scene.until('code-1', (it) => waitOf(it).includes('LEAVING'));
    expect(waitOf(waiting)).toBe(`ClusterUnstable: Cassandra of Pod ${two.pod} is LEAVING`);
    const given = async (node: RingNode) => (await ask(node.engine, '/operations?type=cleanup')).list;
    const before = await given(two);
    const refused = await cleanAndWait(one.engine, { keyspace: 'many', tables: ['m3'], jobs: 1 });
    expect(refused.errors[0]?.message).toMatch(/^Node is involved in cluster membership changes/);
    await two.set('StreamThroughputMbPerSec', STREAM.fast);
    await left;
    const done = await scene.finished('code-1');
    expect((await ask(two.engine, '/status')).json).toEqual({ nodeState: 'DECOMMISSIONED' });
    expect(done.status.state).toBe('Completed');
    expect(done.status.nodes?.map((run) => run.reason || run.state)).toEqual(['Completed', 'NotInRing']);
    expect((await given(one)).slice(0, 3).map(({ state }) => state)).toEqual(['COMPLETED', 'FAILED', 'FAILED']);
    expect(await given(two)).toEqual(before);
    expect(await ring.bridge.countRows({ node: one.ip, table: 'many.m1' })).toBe(load.rows);
  });
});
