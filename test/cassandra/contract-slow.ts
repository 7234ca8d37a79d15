// The contract as courses of events, second part: while Cassandra cleans, and takes its time.
import { expect } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import { type Course, idle, ORDERS, order } from './contract-courses.ts';
import { BIG, type SlowSubject, SMALL, type Subject } from './contract-subjects.ts';
import { ask, type OperationDocument, readOperation, untilEnded } from './sidecar-calls.ts';

const INTERRUPTED = /CompactionInterruptedException/;
const REFUSED = /^Failed marking some sstables compacting in keyspace/;

/**
 * Two cleanups of a table, and meanwhile one of another table: 4.1.10 interrupts the first, 5.0.6 refuses the second; tables
 * run side by side. A DELETE changes nothing.
 */
export async function cleanTwice(subject: SlowSubject, tables: readonly [string, string]): Promise<void> {
  const [table, other] = tables.map((name) => request(subject, [name]));
  await subject.slow(true);
  const first = await order(subject, table);
  await until(async () => (await subject.cleaning()) === 1);
  const beside = await order(subject, other);
  const second = await order(subject, table);
  const refuses = subject.version.startsWith('5.');
  const [loser, winner] = refuses ? [second, first] : [first, second];
  const lost = await untilEnded(subject, loser.id);
  expect(lost).toMatchObject({ state: 'FAILED', progress: 1 });
  expect(lost.errors[0]?.message).toMatch(refuses ? REFUSED : INTERRUPTED);
  for (const { id } of [winner, beside]) {
    expect((await ask(subject, `/operations/${id}`, { method: 'DELETE' })).status).toBe(202);
    expect(await readOperation(subject, id)).toMatchObject({ state: 'RUNNING', progress: 0, errors: [] });
  }
  await subject.slow(false);
  for (const { id } of [winner, beside]) expect(await untilEnded(subject, id)).toMatchObject({ state: 'COMPLETED' });
}

function request({ keyspace }: SlowSubject, tables: readonly string[], jobs = 1): Record<string, unknown> {
  return { type: 'cleanup', keyspace, tables, jobs };
}

/** One takes both threads of Cassandra, nine wait behind it: the pool of ten is full, and the next are PENDING. */
async function fillThePool(subject: Subject): Promise<void> {
  const states = async (state: string) => (await ask(subject, `/operations?state=${state}`)).list;
  await subject.slow(true);
  const big = await order(subject, request(subject, [BIG[2]], 2));
  await until(async () => (await subject.cleaning()) > 0);
  const small: OperationDocument[] = [];
  for (const table of SMALL) small.push(await order(subject, request(subject, [table])));
  const eleventh = await order(subject, ORDERS);
  const flush = await order(subject, { type: 'flush', keyspace: 'shop' });
  const pending = [flush.id, eleventh.id];
  expect((await ask(subject, '/status')).json).toEqual({ nodeState: 'NORMAL' });
  expect((await states('PENDING')).map(({ id }) => id)).toEqual(pending);
  expect(await states('RUNNING')).toHaveLength(10);
  for (const id of pending) {
    expect((await ask(subject, `/operations/${id}`, { method: 'DELETE' })).status).toBe(202);
    expect(await readOperation(subject, id)).not.toHaveProperty('startTime');
  }
  await subject.slow(false);
  const all = [big, ...small, eleventh, flush];
  const ends = await Promise.all(all.map(({ id }) => untilEnded(subject, id)));
  expect(ends.map(({ state }) => state)).toEqual(all.map(() => 'COMPLETED'));
}

/** SIGTERM in mid-run, and another process: Cassandra cleans on, and refuses the same again. */
async function restartInMidRun(subject: Subject): Promise<void> {
  await subject.slow(true);
  const forgotten = await order(subject, request(subject, [BIG[3]]));
  await until(async () => (await subject.cleaning()) === 1);
  await subject.terminate();
  await until(async () => (await ask(subject, '/version').catch(() => undefined)) === undefined, 30_000);
  await subject.restart();
  // Between two SSTables none is being cleaned for a moment.
  await until(async () => (await subject.cleaning()) === 1);
  expect((await ask(subject, '/operations')).list).toEqual([]);
  expect((await ask(subject, `/operations/${forgotten.id}`)).text).toBe('HTTP 404 Not Found');
  const again = await order(subject, request(subject, [BIG[3]]));
  const ended = await untilEnded(subject, again.id);
  await subject.slow(false);
  expect(ended).toMatchObject({ state: 'FAILED' });
  expect(ended.errors[0]?.message).toMatch(REFUSED);
}

/** Courses with cleanups that last. */
export const slowCourses: readonly Course[] = [
  {
    name: 'of two cleanups of one table the second is refused; other tables run side by side; DELETE changes nothing',
    run: ({ subject }) => cleanTwice(subject, [BIG[0], BIG[1]]),
  },
  {
    name: 'with ten that last, an eleventh and a flush stay PENDING, deleted or not; /status and lists answer',
    run: ({ subject }) => fillThePool(subject),
  },
  {
    name: 'SIGTERM closes the port at once, Cassandra cleans on; another process knows nothing, and code 2 is the answer',
    async run({ subject }) {
      await idle(subject);
      await restartInMidRun(subject);
    },
  },
];
