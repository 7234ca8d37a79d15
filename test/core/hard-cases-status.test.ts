// Hard cases 28 to 31: what the status says, how often it is written, how large it may be, and what follows the end.
import { describe, expect, test } from '@jest/globals';
import { bounded, storedBytes } from '../../src/core/bounds.ts';
import { changeOf, patienceMs } from '../../src/core/change.ts';
import type { Run, RunStatus } from '../../src/core/model.ts';
import {
  condition,
  entry,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  planned,
  polled,
  run,
  running,
  silence,
  status,
  time,
  view,
} from '../support/builders.ts';

const lone = [node('a')];
const done = (name: string, change: Partial<Run> = {}) => run(name, 'Completed', { attempts: 1, ...change });
const ours = (value: ReturnType<typeof operation>) => ({ a: view({ operation: polled(id(1), value) }) });

describe('rule 28: progress', () => {
  test('it is the floor over nodes, live operations counted by their own, and never falls', () => {
    const views = ours(operation(id(1), 'RUNNING', { progress: 0.5 }));
    const runs = [running('a', id(1)), done('b'), run('c', 'Pending')];
    expect(planned({ runs, views }).status.progressPercent).toBe(50);
    expect(planned({ status: status(runs, { progressPercent: 70 }), views }).status.progressPercent).toBe(70);
  });

  test('100 only when Complete: a run with failed nodes ends below', () => {
    const ended = planned({ runs: [done('a'), done('b'), run('c', 'Failed', { reason: 'DiskFull' })] });
    expect(ended.status).toMatchObject({ state: 'Failed', progressPercent: 66 });
    expect(planned({ runs: [done('a')], nodes: lone }).status.progressPercent).toBe(100);
  });

  test('progress alone is written at steps of 5 points, at most every 5 s, or a second for every 100 nodes', () => {
    const told = (percent: number) => ({ ...planned().status, progressPercent: percent });
    expect(changeOf(told(10), told(14))).toBe('none');
    expect(changeOf(told(10), told(15))).toBe('progress');
    expect([patienceMs('progress', 3), patienceMs('progress', 2_000)]).toEqual([5_000, 20_000]);
  });

  test('changes of state are written within a second, or a second for every 500 nodes', () => {
    expect([patienceMs('state', 3), patienceMs('state', 2_000)]).toEqual([500, 4_000]);
    expect([patienceMs('now', 2_000), patienceMs('none', 2_000)]).toEqual([0, 0]);
  });
});

describe('rule 29: what the Sidecar says is shown as it says it, and what had to be bounded is said', () => {
  const told = (state: 'RUNNING' | 'COMPLETED', change: Partial<Run> = {}) => {
    const views = ours(operation(id(1), state, { progress: 1, notes: ['the progress was cut'] }));
    return entry(planned({ nodes: lone, runs: [running('a', id(1), change)], views }), 'a');
  };

  test('times, progress and state are copied exactly', () => {
    const exact = { creationTime: '2026-11-24T09:59:00.123456789Z', progress: 0.41 };
    const plan = planned({ nodes: lone, runs: [running('a', id(1))], views: ours(operation(id(1), 'RUNNING', exact)) });
    expect(entry(plan, 'a').operation).toEqual({ id: id(1), state: 'RUNNING', startTime: time(-MINUTE), ...exact });
  });

  test('the message says so, once, while it runs and when it is done', () => {
    expect(told('RUNNING').message).toBe('the progress was cut');
    expect(told('RUNNING', { message: 'the progress was cut' }).message).toBe('the progress was cut');
    expect(told('COMPLETED', { message: 'the progress was cut' }).message).toBe('the progress was cut');
    const several = { reason: 'SeveralOperations', message: '2 look like ours; the progress was cut' };
    expect(told('RUNNING', several).message).toBe(several.message);
  });

  test('within an attempt the state never goes back and progress never falls', () => {
    const runs = [running('a', id(1), { operation: { id: id(1), state: 'RUNNING', progress: 0.6 } })];
    const plan = planned({ nodes: lone, runs, views: ours(operation(id(1), 'PENDING', { progress: 0.2 })) });
    expect(entry(plan, 'a').operation).toMatchObject({ state: 'RUNNING', progress: 0.6 });
  });
});

describe('rule 30: a status never passes 1 MiB as stored', () => {
  const MIB = 1_048_576;
  const sized = (count: number, one: (index: number) => Partial<Run>): RunStatus => {
    const nodes = Array.from({ length: count }, (_, index) => ({
      ...run(`prod-dc1-rack1-sts-${index}`, 'Failed', { attempts: 4, podUID: id(index), rack: 'dc1/rack1' }),
      ...one(index),
    }));
    return { ...planned().status, nodes };
  };
  const told = (text: string, cause: string) => (index: number) => ({
    message: text,
    since: time(),
    startTime: time(),
    operation: {
      id: id(index),
      state: 'FAILED' as const,
      progress: 1,
      creationTime: '2026-11-24T09:59:00.123456789Z',
      startTime: '2026-11-24T09:59:00.123456789Z',
      completionTime: '2026-11-24T09:59:00.123456789Z',
      failureCause: { message: cause, source: 'host' },
    },
  });
  const keys = (one: RunStatus) => Object.keys(one.nodes?.[0] ?? {});

  test.each([
    ['plain', 'a', 3],
    ['escaped by Go', '<>&\u2028', 2 + 6 * 4],
    ['accented', 'é', 4],
    ['beyond the basic plane', '😀', 6],
    ['a line break', '\n', 4],
  ])('bytes are counted as Go stores them: %s text', (_what, text, bytes) => {
    expect(storedBytes(text)).toBe(bytes);
  });

  test('what fits stays as it is', () => {
    const small = sized(2_000, () => ({}));
    expect(bounded(small)).toBe(small);
  });

  test('messages go first, and the condition says so', () => {
    const smaller = bounded(sized(1_900, told('m'.repeat(256), 'c')));
    expect(storedBytes(smaller)).toBeLessThanOrEqual(MIB);
    expect(keys(smaller)).not.toContain('message');
    expect(smaller.nodes?.[0]?.operation?.failureCause).toEqual({ message: 'c', source: 'host' });
    expect(condition({ status: smaller }, 'Finished').message).toContain('messages');
  });

  test('then failure causes', () => {
    const smaller = bounded(sized(1_900, told('<'.repeat(256), '<'.repeat(256))));
    expect(storedBytes(smaller)).toBeLessThanOrEqual(MIB);
    expect(smaller.nodes?.[0]?.operation?.failureCause).toBeUndefined();
    expect(keys(smaller)).toContain('startTime');
  });

  test('then timers and times of finished nodes, never ids, states or counts', () => {
    const intent = { id: id(1), time: time(), baseline: Array.from({ length: 64 }, (_, index) => id(index)) };
    const sidecarContainer = `containerd://${'0'.repeat(64)}`;
    const begun = { state: 'Submitting' as const, startTime: time(), intent, sidecarContainer };
    const ended = (index: number) => ({ ...told('<'.repeat(256), '<'.repeat(256))(index), sidecarContainer });
    const fat = sized(2_000, (index) => (index < 200 ? begun : ended(index)));
    const smaller = bounded(fat);
    expect(storedBytes(smaller)).toBeLessThanOrEqual(MIB);
    expect(smaller.nodes?.[0]?.intent).toEqual(intent);
    expect(smaller.nodes?.[0]?.startTime).toBe(time());
    expect(smaller.nodes?.[1_999]).toEqual({
      name: 'prod-dc1-rack1-sts-1999',
      state: 'Failed',
      podUID: id(1_999),
      rack: 'dc1/rack1',
      attempts: 4,
      since: time(),
      operation: { id: id(1_999), state: 'FAILED', progress: 1 },
    });
  });

  test('a status small enough by its number of nodes is within the limit whatever it holds', () => {
    const most = '<'.repeat(256);
    const fattest = (index: number): Partial<Run> => ({
      ...told(most, most)(index),
      name: `${index}`.padEnd(253, 'n'),
      rack: 'r'.repeat(127),
      reason: 'R'.repeat(64),
      previous: { id: id(1), reason: 'R'.repeat(64) },
      operation: { ...told(most, most)(index).operation, failureCause: { message: most, source: '<'.repeat(253) } },
    });
    const long = {
      type: 'x',
      status: 'True' as const,
      reason: 'R',
      lastTransitionTime: time(),
      message: '<'.repeat(4_096),
    };
    for (let count = 100; count <= 200; count += 10) {
      const fat = { ...sized(count, fattest), conditions: Array.from({ length: 6 }, () => long) };
      expect(storedBytes(bounded(fat))).toBeLessThanOrEqual(MIB);
    }
  });
});

describe('rule 31: a finished object is still reconciled', () => {
  const finished = planned({ nodes: lone, runs: [done('a')] }).status;

  test('for the generation it has seen, and nothing else', () => {
    const views = { a: view({ list: silence() }) };
    const plan = planned({ nodes: lone, status: finished, metadata: { generation: 4 }, views });
    expect(plan.status).toMatchObject({ observedGeneration: 4, state: 'Completed', nodes: finished.nodes });
    expect(plan.status.conditions?.every(({ observedGeneration }) => observedGeneration === 4)).toBe(true);
    expect({ ...plan, status: 0 }).toMatchObject({ submissions: [], needs: [], wantsLive: [], expired: false });
  });

  test('and for its time to live', () => {
    const look = (seconds: number) => planned({ status: finished, spec: { ttlSecondsAfterFinished: seconds } });
    expect(look(0).expired).toBe(true);
    expect(look(60)).toMatchObject({ expired: false, recheckAt: NOW + MINUTE });
  });
});
