// Conditions, counts and state: what kubectl wait, kstatus and people read.
import { describe, expect, test } from '@jest/globals';
import type { Run, RunStatus } from '../../src/core/model.ts';
import { type SummaryInput, summarize } from '../../src/core/summary.ts';
import { condition, id, MINUTE, NOW, run, running, submitting, time } from '../support/builders.ts';

const told = (runs: readonly Run[], change: Partial<SummaryInput> = {}, previous: RunStatus = {}) => ({
  status: summarize(runs, previous, { now: NOW, generation: 3, suspend: false, ...change }),
});
const truths = (one: { status: RunStatus }) =>
  Object.fromEntries((one.status.conditions ?? []).map(({ type, status }) => [type, status]));

const NONE = { Complete: 'False', Failed: 'False', Finished: 'False', Suspended: 'False', Stalled: 'False' };
const dead = run('b', 'Failed', { operation: { id: id(2), state: 'FAILED', progress: 0.9 } });
const unknown = run('b', 'Running', { operation: { id: id(2), state: 'RUNNING' } });
const failed = run('b', 'Failed', { reason: 'DiskFull', message: 'no space' });

describe('the six conditions', () => {
  test.each<[string, Run[], Partial<SummaryInput>, Record<string, string>]>([
    ['nothing has started', [run('a', 'Pending')], {}, { ...NONE, Reconciling: 'True', state: 'Pending' }],
    ['a node runs', [running('a', id(1))], {}, { ...NONE, Reconciling: 'True', state: 'Running' }],
    [
      'every node is done',
      [run('a', 'Completed')],
      {},
      { ...NONE, Complete: 'True', Finished: 'True', Reconciling: 'False', state: 'Completed' },
    ],
    [
      'a node failed and one runs',
      [failed, running('a', id(1))],
      {},
      { ...NONE, Reconciling: 'True', state: 'Running' },
    ],
    [
      'a node failed and none is left',
      [run('a', 'Completed'), failed],
      {},
      { ...NONE, Failed: 'True', Finished: 'True', Stalled: 'True', Reconciling: 'False', state: 'Failed' },
    ],
    [
      'suspended and nothing runs',
      [run('a', 'Pending')],
      { suspend: true },
      { ...NONE, Suspended: 'True', Reconciling: 'False', state: 'Suspended' },
    ],
    [
      'suspended while a node runs',
      [running('a', id(1))],
      { suspend: true },
      { ...NONE, Reconciling: 'True', state: 'Running' },
    ],
    [
      'suspended with an open intent',
      [submitting('a', 0)],
      { suspend: true },
      { ...NONE, Reconciling: 'True', state: 'Running' },
    ],
    [
      'suspended after the end',
      [run('a', 'Completed')],
      { suspend: true },
      { ...NONE, Complete: 'True', Finished: 'True', Reconciling: 'False', state: 'Completed' },
    ],
    ['no Pod matches', [], {}, { ...NONE, Reconciling: 'True', state: 'Pending' }],
    [
      'the Pod of a node was gone before anything started',
      [run('a', 'Skipped', { reason: 'PodGone' }), run('b', 'Pending')],
      {},
      { ...NONE, Reconciling: 'True', state: 'Running' },
    ],
    [
      'the only node waits for another attempt',
      [run('a', 'Pending', { attempts: 1 })],
      {},
      { ...NONE, Reconciling: 'True', state: 'Running' },
    ],
  ])('%s', (_when, runs, change, expected) => {
    const one = told(runs, change);
    expect({ ...truths(one), state: one.status.state }).toEqual(expected);
  });

  test('each carries the generation, a CamelCase reason and a time, whole seconds, that changes only with its status', () => {
    const first = told([run('a', 'Pending')]);
    const later = told([run('a', 'Completed')], { now: NOW + MINUTE + 1 }, first.status);
    for (const one of later.status.conditions ?? []) {
      expect(one.observedGeneration).toBe(3);
      expect(one.reason).toMatch(/^[A-Z][A-Za-z]+$/);
      const changed = ['Complete', 'Finished', 'Reconciling'].includes(one.type);
      expect(one.lastTransitionTime).toBe(changed ? '2026-11-24T10:01:00Z' : '2026-11-24T10:00:00Z');
    }
  });

  test('kstatus: an unfinished run is Reconciling, a failed one Stalled, never both', () => {
    for (const runs of [[run('a', 'Pending')], [failed], [run('a', 'Completed')]]) {
      const { Reconciling, Stalled } = truths(told(runs));
      expect(Reconciling === 'True' && Stalled === 'True').toBe(false);
    }
  });
});

describe('why', () => {
  const reconciling = (runs: Run[], change: Partial<SummaryInput> = {}) => condition(told(runs, change), 'Reconciling');
  const waiting = { waiting: { reason: 'ClusterUnstable', message: 'Pod x is not Ready' } };

  test('what the run as a whole waits for comes first', () => {
    expect(reconciling([run('a', 'Pending')], waiting)).toMatchObject(waiting.waiting);
  });

  test('but while nodes run, they are named', () => {
    const { message } = reconciling([running('a', id(1)), run('b', 'Pending')], waiting);
    expect(message).toBe('0 of 2 nodes completed; running on a');
  });

  test('else what a node waits for', () => {
    const silent = run('a', 'Pending', { reason: 'SidecarUnreachable', message: 'connection refused' });
    expect(reconciling([silent])).toMatchObject({
      reason: 'SidecarUnreachable',
      message: 'node a: connection refused',
    });
  });

  test('five nodes are named at most', () => {
    const { message } = reconciling(Array.from({ length: 9 }, (_, index) => running(`n${index}`, id(index))));
    expect(message).toContain('n4 and 4 more');
  });

  test('a failed run names its failed nodes with their reasons', () => {
    expect(condition(told([run('a', 'Completed'), failed]), 'Failed')).toMatchObject({
      reason: 'FailedNodes',
      message: '1 of 2 nodes completed, 1 failed: b (DiskFull: no space)',
    });
  });

  test('a verdict ends the run whatever its nodes', () => {
    const one = told([], { verdict: { reason: 'InvalidRequest', message: 'podSelector: x' } });
    expect(one.status.state).toBe('Failed');
    expect(condition(one, 'Failed')).toMatchObject({ status: 'True', reason: 'InvalidRequest' });
  });
});

describe('counts and times', () => {
  test('every node is counted once', () => {
    const runs = [
      run('a', 'Pending'),
      submitting('b', 0),
      running('c', id(1)),
      run('d', 'Completed'),
      run('e', 'Failed'),
      run('f', 'Skipped'),
    ];
    const counts = { total: 6, pending: 1, active: 2, completed: 1, failed: 1, skipped: 1 };
    expect(told(runs).status).toMatchObject(counts);
  });

  test('startTime is set once, completionTime when the run ends, on success and on failure', () => {
    const first = told([run('a', 'Pending')]);
    expect(first.status).toMatchObject({ startTime: time() });
    expect(first.status.completionTime).toBeUndefined();
    const end = told([failed], { now: NOW + MINUTE }, first.status);
    expect(end.status).toMatchObject({ startTime: time(), completionTime: time(MINUTE) });
    const later = told([failed], { now: NOW + 2 * MINUTE }, end.status);
    expect(later.status).toMatchObject({ startTime: time(), completionTime: time(MINUTE) });
  });

  test.each<[string, Run[], RunStatus, number]>([
    ['nodes that were skipped are done', [run('a', 'Completed'), run('b', 'Skipped'), run('c', 'Pending')], {}, 66],
    ['a node that failed is not, however far its operation came', [dead, run('c', 'Pending')], {}, 0],
    ['an operation of which no progress is known counts for nothing', [unknown, run('c', 'Pending')], {}, 0],
    ['no Pod has matched yet', [], {}, 0],
    ['no Pod matches any more', [], { progressPercent: 40 }, 40],
    ['every node is done or skipped', [run('a', 'Completed'), run('b', 'Skipped')], {}, 100],
  ])('progress: %s', (_when, runs, previous, percent) => {
    expect(told(runs, {}, previous).status.progressPercent).toBe(percent);
  });

  test('progress never falls when a node joins, and stays under 100 until Complete', () => {
    const first = told([
      run('a', 'Completed'),
      running('b', id(1), { operation: { id: id(1), state: 'RUNNING', progress: 1 } }),
    ]);
    expect(first.status.progressPercent).toBe(99);
    const joined = told([run('a', 'Completed'), run('b', 'Pending'), run('c', 'Pending')], {}, first.status);
    expect(joined.status.progressPercent).toBe(99);
  });
});
