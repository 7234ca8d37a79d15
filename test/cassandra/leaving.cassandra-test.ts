// Why the operator exists. Cassandra 4.1.0 has no guard of its own: a cleanup of the other nodes while one leaves deletes the
// rows that it hands to them. Asked for while a node leaves, the operator waits and no row is lost; a cleanup sent straight to
// a Sidecar at that moment, as anybody could, is COMPLETED and loses rows (the control).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { createKeyspace, loadTable, megabytes, tell } from './data.ts';
import { createScene, type Scene, waitOf } from './pods.ts';
import { createRing, INSTANT, type Ring, type RingNode, VERSIONS } from './ring.ts';
import { ask, cleanAndWait } from './sidecar-calls.ts';
import { describeTier } from './tier.ts';

const TABLES = ['t1', 't2', 't3', 't4', 't5', 't6'];
const ROWS = 768;
const ROW_BYTES = 6_144;
const SLOW = { stream_entire_sstables: 'false', stream_throughput_outbound: '1MiB/s' };

describeTier('a node that leaves a cluster of Cassandra 4.1.0', () => {
  let ring: Ring;
  let scene: Scene;

  beforeAll(async () => {
    ring = await createRing({ version: VERSIONS.unguarded, settings: { ...INSTANT, ...SLOW } });
    for (let index = 1; index <= 3; index += 1) await ring.add();
    await createKeyspace(ring, 'shop');
    for (const table of TABLES)
      await loadTable(ring, { keyspace: 'shop', table, rows: ROWS, bytes: ROW_BYTES, sstables: 1 });
    scene = await createScene(sharedControlPlane(), 'leaving');
    for (const node of ring.nodes) await scene.addPod(node);
    await scene.operator();
    tell(
      `${TABLES.length} tables of ${ROWS} rows; ${ring.nodes.map((one) => megabytes(one.bytesOf('shop'))).join(', ')}`,
    );
  });

  afterAll(async () => {
    await scene?.stop();
    await ring?.stop();
  });

  test('keeps the gate of a CassandraCleanup closed until it has left, and no row is lost', async () => {
    const leaver = ring.node(3);
    const left = await startLeaving(leaver);
    await scene.apply('while-leaving', { keyspace: 'shop' });
    const waiting = await scene.until('while-leaving', (it) => waitOf(it).includes('LEAVING'));
    tell(`while node 3 leaves: ${waitOf(waiting)}`);
    expect(waitOf(waiting)).toBe(`ClusterUnstable: Cassandra of Pod ${leaver.pod} is LEAVING`);
    const sentWhileLeaving = await cleanupsGiven(ring.nodes);
    await left();
    expect(sentWhileLeaving).toBe(0);
    const done = await scene.finished('while-leaving');
    const states = Object.fromEntries((done.status.nodes ?? []).map((run) => [run.name, run.reason || run.state]));
    expect(states).toEqual({ 'prod-sts-1': 'Completed', 'prod-sts-2': 'Completed', 'prod-sts-3': 'NotInRing' });
    const rows = await countAll(ring);
    tell(`with the operator: ${rows.join(' ')} of ${ROWS} rows`);
    expect(rows).toEqual(TABLES.map(() => ROWS));
  });

  test('loses rows when the others are cleaned without the gate, though every answer is COMPLETED (the control)', async () => {
    const leaver = ring.node(2);
    const naive = ring.node(1).engine;
    await leaver.engine.kill();
    const left = await startLeaving(leaver);
    let over = false;
    const end = left().finally(() => {
      over = true;
    });
    const states = new Set<unknown>();
    const nodeStates = new Set<unknown>();
    while (!over) {
      nodeStates.add((await ask(naive, '/status')).json['nodeState']);
      states.add((await cleanAndWait(naive, { keyspace: 'shop', jobs: 2 })).state);
    }
    await end;
    const rows = await countAll(ring);
    tell(`without it: ${rows.join(' ')} of ${ROWS} rows; the Sidecar said ${[...states]}, its node ${[...nodeStates]}`);
    expect([...nodeStates]).toEqual(['NORMAL']);
    expect([...states]).toContain('COMPLETED');
    expect(Math.min(...rows)).toBeLessThan(ROWS);
  });
});

/** Begins a decommission; resolves once the node is LEAVING, with what waits for its end. */
async function startLeaving(node: RingNode): Promise<() => Promise<void>> {
  const left = node.call('decommission', true).then(() => undefined);
  left.catch(() => undefined);
  await until(async () => (await node.get('OperationMode')) === 'LEAVING');
  return () => left;
}

/** How many cleanups the Sidecars were given. */
async function cleanupsGiven(nodes: readonly RingNode[]): Promise<number> {
  const lists = await Promise.all(nodes.map(({ engine }) => ask(engine, '/operations?type=cleanup')));
  return lists.flatMap(({ list }) => list).length;
}

async function countAll(ring: Ring): Promise<number[]> {
  const counts: number[] = [];
  for (const table of TABLES)
    counts.push(await ring.bridge.countRows({ node: ring.node(1).ip, table: `shop.${table}` }));
  return counts;
}
