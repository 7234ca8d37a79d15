// The job that the operator is for, on Cassandra 5.0.6: a node joins a full one, and what the old one no longer owns is
// removed from its disk; no row is lost.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { cleanupsOf, createKeyspace, loadTable, megabytes, ownedBy, tell, throttle } from './data.ts';
import { createScene, type Scene, waitOf } from './pods.ts';
import { createRing, type Ring, VERSIONS } from './ring.ts';
import { describeTier } from './tier.ts';

const ROWS = 24_000;
const ROW_BYTES = 8_192;

describeTier('a cluster that grew', () => {
  let ring: Ring;
  let scene: Scene;
  let before = 0;

  beforeAll(async () => {
    ring = await createRing({ version: VERSIONS.newest });
    const old = await ring.add({ settings: { stream_entire_sstables: 'false', stream_throughput_outbound: '8MiB/s' } });
    await createKeyspace(ring, 'orders');
    await loadTable(ring, { keyspace: 'orders', table: 'items', rows: ROWS, bytes: ROW_BYTES, sstables: 24 });
    scene = await createScene(sharedControlPlane(), 'scale-out');
    await scene.addPod(old);
    await scene.operator();
    before = old.bytesOf('orders');
    tell(`${ROWS} rows in 24 SSTables, ${megabytes(before)} on the only node`);
  });

  afterAll(async () => {
    await scene?.stop();
    await ring?.stop();
  });

  test('is not cleaned while its new node is joining: the gate holds, and says so', async () => {
    const fresh = await ring.prepare();
    fresh.launch();
    await fresh.engine.start();
    await until(async () => (await fresh.get('OperationMode').catch(() => '')) === 'JOINING');
    await scene.addPod(fresh);
    await scene.apply('after-scale-out', { keyspace: 'orders', jobs: 2 });
    const waiting = await scene.until('after-scale-out', (it) => waitOf(it).includes('JOINING'));
    tell(`while node 2 joins: ${waitOf(waiting)}`);
    expect(waitOf(waiting)).toBe(`ClusterUnstable: Cassandra of Pod ${fresh.pod} is JOINING`);
    expect(await operationsOf(ring.node(1).engine.url)).toEqual([]);
    await scene.patch('after-scale-out', { suspend: true });
    await fresh.untilUp();
    await scene.until('after-scale-out', ({ status }) => status.state === 'Suspended');
  });

  test('keeps the bytes that moved until it is cleaned (the control)', async () => {
    const old = ring.node(1);
    await until(async () => (await ownedBy(old, 'orders')) < 0.99);
    const owned = await ownedBy(old, 'orders');
    tell(`node 1 owns ${(100 * owned).toFixed(0)} % of the keyspace, ${megabytes(owned * before)}`);
    expect(old.bytesOf('orders')).toBeGreaterThanOrEqual(before);
    expect(await operationsOf(old.engine.url)).toEqual([]);
  });

  test('is cleaned node by node to what each owns, every row is still there, and all tell the same story', async () => {
    const old = ring.node(1);
    await throttle(old, 4);
    await scene.patch('after-scale-out', { suspend: false });
    const stats: string[] = [];
    await scene.until('after-scale-out', ({ status }) => status.nodes?.[0]?.operation?.state === 'RUNNING');
    await until(async () => (await cleanupsOf(old)).length > 0);
    stats.push(await old.nodetool('compactionstats'));
    const running = await scene.get('after-scale-out');
    await throttle(old, 0);
    const done = await scene.finished('after-scale-out');
    const owned = await ownedBy(old, 'orders');
    const after = old.bytesOf('orders');
    tell(`cleaned: ${megabytes(before)} -> ${megabytes(after)}, owned ${megabytes(owned * before)}`);
    expect(after).toBeLessThan(before * (owned + 0.08));
    expect(after).toBeGreaterThan(before * (owned - 0.08));
    expect(stats.join()).toMatch(/Cleanup +.*orders +items/);
    expect(running.status.nodes?.[0]).toMatchObject({
      name: old.pod,
      state: 'Running',
      operation: { state: 'RUNNING' },
    });
    expect(old.log()).toMatch(/Cleaned up to .*orders.*items/);
    expect(done.status).toMatchObject({ state: 'Completed', total: 2, completed: 2, progressPercent: 100 });
  });

  test('has every row, at QUORUM and at ALL, and the times and progress that the Sidecar told', async () => {
    const table = 'orders.items';
    for (const level of ['QUORUM', 'ALL'] as const) {
      expect(await ring.bridge.countRows({ node: '127.0.0.2', table, level })).toBe(ROWS);
    }
    tell(`${ROWS} of ${ROWS} rows are readable at QUORUM and at ALL`);
    const { status } = await scene.get('after-scale-out');
    for (const node of ring.nodes) {
      const told = (await operationsOf(node.engine.url))[0] ?? {};
      const run = status.nodes?.find(({ name }) => name === node.pod);
      const { id, state, progress, creationTime, startTime, completionTime } = told;
      expect(run?.operation).toEqual({ id, state, progress, creationTime, startTime, completionTime });
    }
  });
});

async function operationsOf(url: string): Promise<Record<string, unknown>[]> {
  return (await (await fetch(`${url}/operations?type=cleanup`)).json()) as Record<string, unknown>[];
}
