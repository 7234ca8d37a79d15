// The contract as courses of events, last part: Cassandra or the Sidecar hangs, is killed, forgets. The order matters.
import { expect } from '@jest/globals';
import { until } from '../support/cleanups.ts';
import { type Course, idle, ORDERS, order, quickest } from './contract-courses.ts';
import type { Subject } from './contract-subjects.ts';
import { watch } from './contract-watch.ts';
import { ask, cleanAndWait, type OperationDocument, untilEnded } from './sidecar-calls.ts';

const LOST_JMX = /EOFException|Connection reset|RMIServer stub/;

/** Twelve cleanups while Cassandra hangs. */
async function hang(subject: Subject): Promise<void> {
  await idle(subject);
  await subject.freezeCassandra();
  const sent: OperationDocument[] = [];
  for (let count = 0; count < 12; count += 1) sent.push(await order(subject, ORDERS));
  const states = async (state: string) => (await ask(subject, `/operations?type=cleanup&state=${state}`)).list;
  await until(async () => (await states('RUNNING')).length === 10);
  const pending = await states('PENDING');
  expect(pending).toHaveLength(2);
  for (const document of pending) expect(document.startTime).toBeUndefined();
  for (const document of await states('RUNNING')) expect(document).toMatchObject({ progress: 0, errors: [] });
  expect(await states('RUNNING&state=PENDING')).toHaveLength(12);
  expect((await ask(subject, `/operations/${sent[0]?.id}`, { method: 'DELETE' })).status).toBe(202);
  expect((await ask(subject, `/operations/${pending[0]?.id}`, { method: 'DELETE' })).status).toBe(202);
  expect((await states('RUNNING')).length).toBe(10);
  const hanging = ask(subject, '/status', { signal: AbortSignal.timeout(3_000) });
  await expect(hanging).rejects.toThrow();
  await subject.thawCassandra();
  const ends = await Promise.all(sent.map(({ id }) => untilEnded(subject, id)));
  expect(ends.every(({ state }) => state === 'COMPLETED' || state === 'FAILED')).toBe(true);
}

/** Cassandra is killed under two cleanups, one of which was deleted before. */
async function kill(subject: Subject): Promise<void> {
  await subject.restart();
  await subject.freezeCassandra();
  const running = await order(subject, ORDERS);
  const deleted = await order(subject, { ...ORDERS, tables: ['items'] });
  await until(async () => Date.now() - Date.parse(deleted.creationTime) > 1_500);
  expect((await ask(subject, `/operations/${deleted.id}`, { method: 'DELETE' })).status).toBe(202);
  const seen = new Map<string, number>();
  const watched = watch(subject, deleted.id, seen);
  await subject.killCassandra();
  for (const ended of [await untilEnded(subject, running.id), await watched]) {
    expect(ended).toMatchObject({ state: 'FAILED', progress: 1 });
    expect(ended.errors[0]?.message).toMatch(LOST_JMX);
  }
  const states = new Set([...seen.keys()].map((form) => form.split(' ')[0]));
  expect(['RUNNING', 'CANCELLED', 'FAILED']).toEqual(expect.arrayContaining([...states]));
}

/** Courses that break things, in this order. */
export const brokenCourses: readonly Course[] = [
  {
    name: 'while Cassandra hangs: RUNNING for as long as it lasts, ten at a time, DELETE changes nothing, /status hangs',
    run: ({ subject }) => hang(subject),
  },
  {
    name: 'a finished operation is forgotten one to two periods after its end',
    async run({ subject }) {
      await idle(subject);
      await subject.restart(2);
      const ended = await cleanAndWait(subject, ORDERS);
      await until(async () => (await ask(subject, `/operations/${ended.id}`)).status === 500);
      const age = Date.now() - Date.parse(ended.completionTime ?? '');
      expect(age).toBeGreaterThan(1_900);
      expect((await ask(subject, '/operations')).list.map(({ id }) => id)).not.toContain(ended.id);
    },
  },
  {
    name: 'Cassandra killed in mid-run: FAILED by EOF, also what was deleted before, which may show CANCELLED first',
    run: ({ subject }) => kill(subject),
  },
  {
    name: 'while it is down /status is 500 with the exception, at once, and a POST is 201 and FAILED',
    async run({ subject }) {
      expect(await quickest(() => ask(subject, '/status'))).toBeLessThan(900);
      const status = await ask(subject, '/status');
      expect(status.status).toBe(500);
      expect(JSON.stringify(status.json['exception'])).toContain('Failed to retrieve RMIServer stub');
      const refused = await cleanAndWait(subject, ORDERS);
      expect(refused.errors[0]?.message).toContain('Failed to retrieve RMIServer stub');
      expect((await ask(subject, '/version')).status).toBe(200);
    },
  },
  {
    name: 'a drained Cassandra says so, to its own Sidecar',
    async run({ subject }) {
      await subject.startCassandra();
      await subject.drainCassandra();
      expect((await ask(subject, '/status')).json).toEqual({ nodeState: 'DRAINED' });
    },
  },
];
