// npm run demo -- --cassandra: one real Cassandra is filled, a second joins it, and a CassandraCleanup removes from the first
// what it no longer owns; the bytes on its disk are shown before and after. Needs JDK 17 and Maven; nothing is left behind.
import { takeAddresses } from '../cassandra/artifacts.ts';
import { createKeyspace, loadTable, megabytes, ownedBy } from '../cassandra/data.ts';
import { missingTools } from '../cassandra/machine.ts';
import { createScene } from '../cassandra/pods.ts';
import { createRing, type Ring, VERSIONS } from '../cassandra/ring.ts';
import { until } from '../support/cleanups.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { screenOn } from './screen.ts';

const ROWS = 24_000;
const ROW_BYTES = 8_192;
const NAME = 'after-scale-out';

type Say = (text: string) => void;
type Ends = (() => Promise<unknown>)[];

/** Plays it; returns the exit code: 0 = cleaned, and every row is still there. */
export async function cassandraDemo(say: Say): Promise<number> {
  const missing = missingTools();
  if (missing !== undefined) {
    process.stderr.write(`The demo on a real Cassandra cannot run here: ${missing}\n`);
    return 1;
  }
  const ends: Ends = [];
  try {
    return await play(say, ends);
  } catch (error) {
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function play(say: Say, ends: Ends): Promise<number> {
  say('A Kubernetes control plane (etcd, kube-apiserver) on loopback …');
  const plane = await startControlPlane();
  ends.push(() => plane.stop());
  await plane.installCrdAndRbac();
  await takeAddresses();
  say(`Cassandra ${VERSIONS.newest} at 127.0.0.1, a Sidecar beside it …`);
  const ring = await createRing({ version: VERSIONS.newest });
  ends.push(() => ring.stop());
  const before = await grow(ring, say);
  const scene = await createScene(plane, 'demo');
  ends.push(() => scene.stop());
  for (const node of ring.nodes) await scene.addPod(node);
  await scene.operator();
  say(`\n$ kubectl apply: CassandraCleanup ${NAME}, keyspace orders\n`);
  await scene.apply(NAME, { keyspace: 'orders' });
  const screen = screenOn(process.stdout, NAME);
  const done = await scene.until(NAME, ({ status }) => {
    screen.show(status);
    return status.conditions?.some(({ type, status: is }) => type === 'Finished' && is === 'True') === true;
  });
  screen.end();
  return verdict(ring, { before, state: done.status.state, say });
}

/** Fills the only node, then lets a second join; gives the bytes on the first one's disk. */
async function grow(ring: Ring, say: Say): Promise<number> {
  const old = await ring.add();
  await createKeyspace(ring, 'orders');
  await loadTable(ring, { keyspace: 'orders', table: 'items', rows: ROWS, bytes: ROW_BYTES, sstables: 24 });
  const before = old.bytesOf('orders');
  say(`  ${ROWS} rows in keyspace orders: ${megabytes(before)} on its disk`);
  say('A second node joins at 127.0.0.2 …');
  await ring.add();
  await until(async () => (await ownedBy(old, 'orders')) < 0.99);
  const owned = await ownedBy(old, 'orders');
  say(`  the first node now owns ${Math.round(100 * owned)} %, and still holds ${megabytes(old.bytesOf('orders'))}`);
  return before;
}

async function verdict(ring: Ring, run: { before: number; state: string | undefined; say: Say }): Promise<number> {
  const old = ring.node(1);
  const after = old.bytesOf('orders');
  const rows = await ring.bridge.countRows({ node: old.ip, table: 'orders.items' });
  run.say(`\n127.0.0.1 before the cleanup: ${megabytes(run.before)}`);
  run.say(`127.0.0.1 after the cleanup:  ${megabytes(after)}`);
  run.say(`Rows readable at consistency ALL: ${rows} of ${ROWS}`);
  const good = run.state === 'Completed' && rows === ROWS && after < run.before;
  run.say(good ? `\n${run.state}.` : `\nNot as expected: the run is ${run.state}.`);
  return good ? 0 : 1;
}
