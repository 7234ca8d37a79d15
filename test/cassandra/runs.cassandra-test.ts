// What a CassandraCleanup may ask for, and what may happen to its operator, on Cassandra 4.1.10: every run has real work on
// each of two nodes, and the Sidecars' own lists tell what was done, when and how often.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CassandraCleanup } from '../../src/api/generated.ts';
import { until } from '../support/cleanups.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { cleanTwice } from './contract-slow.ts';
import { slowSubject } from './contract-subjects.ts';
import { createKeyspace, disown, loadTable, megabytes, tell, throttle } from './data.ts';
import { createScene, type Scene, waitOf } from './pods.ts';
import { createRing, INSTANT, type Ring, VERSIONS } from './ring.ts';
import { ask, cleanAndWait, type OperationDocument } from './sidecar-calls.ts';
import { describeTier } from './tier.ts';

const ROWS = 1_200;
/** Some ten seconds of a slow cleanup: as long as a busy machine needs for what has to happen meanwhile. */
const LASTING_ROWS = 4_800;
const LASTING = ['racks', 'killed', 'paused', 'twins', 'twice', 'beside'];
const TABLES = ['one', 'two', 'three', 'untouched', ...LASTING];
const running = ({ status }: CassandraCleanup) =>
  status.nodes?.some((run) => run.operation?.state === 'RUNNING') === true;

describeTier('a CassandraCleanup on a real cluster', () => {
  let ring: Ring;
  let scene: Scene;
  let racked: Scene;
  let operator: OperatorProcess;
  const before: Record<string, number[]> = {};
  const bytes = (table: string) => ring.nodes.map((node) => node.bytesOf('k', table));

  beforeAll(async () => {
    ring = await createRing({ version: VERSIONS.guarded, settings: INSTANT });
    await ring.add();
    await ring.add();
    await createKeyspace(ring, 'k', 2);
    for (const table of TABLES) {
      const rows = LASTING.includes(table) ? LASTING_ROWS : ROWS;
      await loadTable(ring, { keyspace: 'k', table, rows, bytes: 4_096, sstables: 4 });
    }
    await disown(ring, 'k');
    for (const table of TABLES) before[table] = bytes(table);
    scene = await createScene(sharedControlPlane(), 'runs');
    racked = await createScene(sharedControlPlane(), 'racks');
    for (const node of ring.nodes) {
      await scene.addPod(node);
      await racked.addPod(node, `rack${3 - node.index}`);
    }
    operator = await scene.operator({ namespaces: [scene.namespace, racked.namespace] });
    tell(
      `${TABLES.length} tables of ${megabytes(before['one']?.[0] ?? 0)} or four times that on each of two nodes, half of it owned`,
    );
  });

  afterAll(async () => {
    await scene?.stop();
    await ring?.stop();
  });

  const slow = () => Promise.all(ring.nodes.map((node) => throttle(node, 1)));
  const fast = () => Promise.all(ring.nodes.map((node) => throttle(node, 0)));
  /** The cleanups of a table that the Sidecars list, one array a node. */
  const listed = (table: string): Promise<OperationDocument[][]> =>
    Promise.all(
      ring.nodes.map(async ({ engine }) => {
        const { list } = await ask(engine, '/operations?type=cleanup');
        return list.filter(({ tables }) => tables?.includes(table));
      }),
    );
  const halved = (table: string) => {
    const shares = bytes(table).map((now, index) => now / (before[table]?.[index] ?? 1));
    for (const share of shares) expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
  };

  test.each([
    ['one', 0],
    ['two', 1],
    ['three', 2],
  ])('cleans table %s with %s jobs, and no other table', async (table, jobs) => {
    await scene.apply(`jobs-${jobs}`, { keyspace: 'k', tables: [table], jobs, parallelism: 2 });
    const done = await scene.finished(`jobs-${jobs}`);
    expect(done.status).toMatchObject({ state: 'Completed', completed: 2, progressPercent: 100 });
    for (const [operation, ...more] of await listed(table)) {
      expect(operation).toMatchObject({ keyspace: 'k', tables: [table], jobs, state: 'COMPLETED' });
      expect(more).toEqual([]);
    }
    halved(table);
    expect(bytes('untouched')).toEqual(before['untouched']);
  });

  test('runs both nodes of one rack at once with parallelism 2, and its operator may be killed meanwhile', async () => {
    await slow();
    await scene.apply('killed', { keyspace: 'k', tables: ['killed'], jobs: 1, parallelism: 2 });
    const seen = await scene.until(
      'killed',
      ({ status }) => status.active === 2 && running({ status } as CassandraCleanup),
    );
    operator.signal('SIGKILL');
    await operator.exited;
    operator = await scene.operator({ namespaces: [scene.namespace, racked.namespace] });
    await fast();
    const done = await scene.finished('killed');
    expect(done.status).toMatchObject({ state: 'Completed', completed: 2 });
    const lists = await listed('killed');
    expect(lists.map((list) => list.length)).toEqual([1, 1]);
    expect(lists.flat().map(({ id }) => id)).toEqual(done.status.nodes?.map((run) => run.operation?.id));
    expect(seen.status.nodes?.map((run) => run.attempts)).toEqual(done.status.nodes?.map((run) => run.attempts));
    expect(overlap(lists.flat())).toBe(true);
    halved('killed');
  });

  test('cleans two racks one after the other, by name, whatever the parallelism', async () => {
    await slow();
    await racked.apply('racks', { keyspace: 'k', tables: ['racks'], jobs: 1, parallelism: 2 });
    await racked.until('racks', running);
    await fast();
    const done = await racked.finished('racks');
    expect(done.status.nodes?.map(({ name, rack }) => [name, rack])).toEqual(
      expect.arrayContaining([
        ['prod-sts-2', 'rack1'],
        ['prod-sts-1', 'rack2'],
      ]),
    );
    const [first, second] = await listed('racks');
    expect(overlap([...(first ?? []), ...(second ?? [])])).toBe(false);
    expect(Date.parse(second?.[0]?.startTime ?? '')).toBeLessThan(Date.parse(first?.[0]?.startTime ?? ''));
    halved('racks');
  });

  test('that is suspended lets the running node end, starts no other, and goes on when it is resumed', async () => {
    await slow();
    await scene.apply('paused', { keyspace: 'k', tables: ['paused'], jobs: 1 });
    await scene.until('paused', running);
    await scene.patch('paused', { suspend: true });
    await fast();
    const paused = await scene.until('paused', ({ status }) => status.state === 'Suspended');
    expect(paused.status).toMatchObject({ completed: 1, pending: 1, active: 0 });
    expect((await listed('paused')).map((list) => list.length).sort()).toEqual([0, 1]);
    await scene.patch('paused', { suspend: false });
    expect((await scene.finished('paused')).status).toMatchObject({ state: 'Completed', completed: 2 });
    halved('paused');
  });

  test('waits for another one of the same nodes, and says so; never two at once', async () => {
    await slow();
    await scene.apply('first', { keyspace: 'k', tables: ['twins'], jobs: 1, parallelism: 2 });
    await scene.until('first', running);
    await scene.apply('second', { keyspace: 'k', tables: ['twins'], jobs: 2, parallelism: 2 });
    await scene.until('second', (it) => waitOf(it).startsWith('WaitingForOtherCleanup'));
    await fast();
    expect((await scene.finished('first')).status.state).toBe('Completed');
    expect((await scene.finished('second')).status.state).toBe('Completed');
    for (const list of await listed('twins')) {
      expect(list.map(({ jobs }) => jobs)).toEqual([2, 1]);
      expect(overlap(list)).toBe(false);
    }
    halved('twins');
  });

  test('fails at once for a keyspace and for a table that do not exist, with the words of Cassandra', async () => {
    await scene.apply('no-keyspace', { keyspace: 'nope', parallelism: 2 });
    await scene.apply('no-table', { keyspace: 'k', tables: ['nope'], parallelism: 2 });
    const texts = { 'no-keyspace': 'Keyspace nope does not exist', 'no-table': 'Unknown keyspace/cf pair (k.nope)' };
    for (const [name, message] of Object.entries(texts)) {
      const { status } = await scene.finished(name);
      expect(status).toMatchObject({ state: 'Failed', failed: 2 });
      for (const run of status.nodes ?? [])
        expect(run).toMatchObject({ reason: 'InvalidRequest', message, attempts: 1 });
    }
  });

  test('a second cleanup of a table, sent straight to the Sidecar, interrupts the first; another table runs beside it', () =>
    cleanTwice(slowSubject(ring.node(1), 'k'), ['twice', 'beside']));

  test('does not clean a node that has left the ring, which would accept it and delete all that it has (the control)', async () => {
    const [one, two] = [ring.node(1), ring.node(2)];
    await two.call('decommission', true);
    expect((await ask(two.engine, '/status')).json).toEqual({ nodeState: 'DECOMMISSIONED' });
    const held = two.bytesOf('k', 'untouched');
    await scene.apply('left', { keyspace: 'k', tables: ['untouched'], parallelism: 2 });
    const { status } = await scene.finished('left');
    expect(status.nodes?.map((run) => run.reason || run.state)).toEqual(['Completed', 'NotInRing']);
    const [cleaned, spared] = await listed('untouched');
    expect(cleaned?.map(({ state }) => state)).toEqual(['COMPLETED']);
    expect(spared).toEqual([]);
    expect(two.bytesOf('k', 'untouched')).toBe(held);
    expect(await ring.bridge.countRows({ node: one.ip, table: 'k.untouched' })).toBe(ROWS);
    expect(await cleanAndWait(two.engine, { keyspace: 'k', tables: ['untouched'], jobs: 1 })).toMatchObject({
      state: 'COMPLETED',
    });
    // Files go behind the answer, one by one.
    await until(async () => two.bytesOf('k', 'untouched') === 0);
    tell(`node 2, DECOMMISSIONED: no POST, ${megabytes(held)} kept; one sent to it by hand: COMPLETED, 0 MB`);
  });
});

/** Whether any two of these were running at the same time. */
function overlap(operations: readonly OperationDocument[]): boolean {
  const spans = operations.map(({ startTime = '', completionTime = '' }) =>
    [startTime, completionTime].map(Date.parse),
  );
  spans.sort(([a = 0], [b = 0]) => a - b);
  return spans.some(([, end = 0], index) => (spans[index + 1]?.[0] ?? Number.POSITIVE_INFINITY) < end);
}
