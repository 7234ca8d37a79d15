// What the conditions say in words: why a run ended, what it waits for, and that it is suspended.
import { describe, expect, test } from '@jest/globals';
import type { Run, RunStatus } from '../../src/core/model.ts';
import { type SummaryInput, summarize } from '../../src/core/summary.ts';
import { condition, id, MINUTE, NOW, run, running, submitting, time } from '../support/builders.ts';

const told = (runs: readonly Run[], change: Partial<SummaryInput> = {}, previous: RunStatus = {}) => ({
  status: summarize(runs, previous, { now: NOW, generation: 3, suspend: false, ...change }),
});
const said = (one: { status: RunStatus }, type: string) => {
  const { status, reason, message } = condition(one, type);
  return `${status} ${reason}: ${message}`;
};
const many = (count: number, state: Run['state'], reason: string) =>
  Array.from({ length: count }, (_, index) => run(`n${index}`, state, { reason }));

const full = run('a', 'Failed', { reason: 'DiskFull', message: 'no space' });
const late = (name: string) => run(name, 'Skipped', { reason: 'DeadlineExceeded' });
const gone = (name: string) => run(name, 'Skipped', { reason: 'PodGone' });

describe('why a run ended', () => {
  test.each<[string, Run[], 'Complete' | 'Failed', string]>([
    ['every node was cleaned', [run('a', 'Completed')], 'Complete', 'NodesCompleted: 1 of 1 nodes completed'],
    [
      'the Pod of a node is gone',
      [run('a', 'Completed'), gone('b')],
      'Complete',
      'NodesSkipped: 1 of 2 nodes completed, 1 skipped: b (PodGone)',
    ],
    [
      'five are gone',
      many(5, 'Skipped', 'PodGone'),
      'Complete',
      'NodesSkipped: 0 of 5 nodes completed, 5 skipped: n0 (PodGone), n1 (PodGone), n2 (PodGone), n3 (PodGone), n4 (PodGone)',
    ],
    [
      'six have failed',
      many(6, 'Failed', 'X'),
      'Failed',
      'FailedNodes: 0 of 6 nodes completed, 6 failed: n0 (X), n1 (X), n2 (X), n3 (X), n4 (X) and 1 more',
    ],
    [
      'a node failed and the Pod of another is gone',
      [full, gone('b')],
      'Failed',
      'FailedNodes: 0 of 2 nodes completed, 1 failed: a (DiskFull: no space)',
    ],
    [
      'a node failed for a reason that is not known',
      [run('a', 'Failed')],
      'Failed',
      'FailedNodes: 0 of 1 nodes completed, 1 failed: a (no reason)',
    ],
    [
      'the time of one node was up',
      [run('a', 'Completed'), run('b', 'Failed', { reason: 'DeadlineExceeded', message: 'too long' })],
      'Failed',
      'FailedNodes: 1 of 2 nodes completed, 1 failed: b (DeadlineExceeded: too long)',
    ],
    [
      'its time was up',
      [run('a', 'Completed'), gone('b'), late('c'), late('d')],
      'Failed',
      'DeadlineExceeded: 1 of 4 nodes completed; DeadlineExceeded: 2 not started',
    ],
    [
      'too many nodes failed',
      [full, run('b', 'Skipped', { reason: 'MaxFailedNodesExceeded' })],
      'Failed',
      'MaxFailedNodesExceeded: 0 of 2 nodes completed, 1 failed: a (DiskFull: no space); MaxFailedNodesExceeded: 1 not started',
    ],
  ])('%s', (_why, runs, type, text) => {
    const one = told(runs);
    expect(said(one, type)).toBe(`True ${text}`);
    expect(said(one, 'Finished')).toBe(`True ${text}`);
  });

  test('while a node is left, none of its failed nodes has ended it', () => {
    const reconciling = condition(told([full, run('b', 'Pending')]), 'Reconciling');
    expect(reconciling).toMatchObject({ reason: 'NodesRemaining', message: '0 of 2 nodes completed' });
  });

  test('a verdict is what the conditions say, word for word', () => {
    const verdict = { reason: 'InvalidRequest', message: 'keyspace: x' };
    const one = told([run('a', 'Completed')], { verdict });
    for (const type of ['Complete', 'Failed', 'Finished', 'Reconciling', 'Stalled'])
      expect(condition(one, type)).toMatchObject(verdict);
    expect(condition(one, 'Complete').status).toBe('False');
    expect(one.status).toMatchObject({ state: 'Failed', completionTime: time() });
  });
});

describe('what a run waits for', () => {
  const silent = (one: Run): Run => ({ ...one, reason: 'SidecarUnreachable', message: 'refused' });
  const waiting = { reason: 'ClusterUnstable', message: 'Pod x is not Ready' };

  test.each<[string, Run[], Partial<SummaryInput>, string]>([
    [
      'a live operation whose Sidecar is silent',
      [silent(running('a', id(1)))],
      {},
      'SidecarUnreachable: node a: refused',
    ],
    [
      'such an operation, rather than what the run as a whole would wait for',
      [silent(running('a', id(1))), run('b', 'Pending')],
      { waiting },
      'SidecarUnreachable: node a: refused',
    ],
    [
      'such an operation, rather than a node that has not started',
      [run('a', 'Pending', { reason: 'CompactionBusy', message: 'busy' }), silent(running('b', id(1)))],
      {},
      'SidecarUnreachable: node b: refused',
    ],
    [
      'nothing, while another operation goes on undisturbed',
      [silent(running('a', id(1))), running('b', id(2)), silent(run('c', 'Pending'))],
      {},
      'NodesRemaining: 0 of 3 nodes completed; running on a, b',
    ],
    [
      'the first node that says why, its reason where it has no message',
      [run('a', 'Completed'), run('b', 'Pending'), run('c', 'Pending', { reason: 'CassandraNotReady' })],
      {},
      'CassandraNotReady: node c: CassandraNotReady',
    ],
    ['its turn', [run('a', 'Completed'), run('b', 'Pending')], {}, 'NodesRemaining: 1 of 2 nodes completed'],
    [
      'the answer to a request',
      [submitting('a', 0)],
      { waiting },
      'NodesRemaining: 0 of 1 nodes completed; running on a',
    ],
  ])('%s', (_what, runs, change, text) => {
    expect(said(told(runs, change), 'Reconciling')).toBe(`True ${text}`);
    expect(said(told(runs, change), 'Complete')).toBe(`False ${text}`);
  });

  test('a message takes no more than 4,096 characters', () => {
    const long = { reason: 'ClusterUnstable', message: 'x'.repeat(5_000) };
    expect(condition(told([run('a', 'Pending')], { waiting: long }), 'Reconciling').message).toHaveLength(4_096);
  });
});

describe('that it is suspended, or has failed', () => {
  const pending = [run('a', 'Pending')];

  test('Suspended tells whether it is asked for, and whether operations still run', () => {
    const suspended = (runs: Run[], suspend: boolean) => said(told(runs, { suspend }), 'Suspended');
    expect(suspended(pending, false)).toBe('False NotSuspended: spec.suspend is false');
    expect(suspended(pending, true)).toBe('True Suspended: spec.suspend is true; nothing is running');
    expect(suspended([running('a', id(1))], true)).toBe(
      'False NodesRemaining: spec.suspend is true; waiting for running operations to end',
    );
  });

  test('a suspended run is not Complete, because it is suspended', () => {
    const complete = condition(told(pending, { suspend: true }), 'Complete');
    expect(complete).toMatchObject({ status: 'False', reason: 'Suspended' });
  });

  test('Stalled says why it failed, or that it has not', () => {
    expect(condition(told([full]), 'Stalled')).toMatchObject({ reason: 'FailedNodes' });
    const not = { reason: 'NotStalled', message: 'the run has not failed' };
    expect(condition(told(pending), 'Stalled')).toMatchObject(not);
    expect(condition(told([run('a', 'Completed')]), 'Stalled')).toMatchObject(not);
  });

  test('the time of a condition stays while its reason changes and its status does not', () => {
    const before = told(pending, { waiting: { reason: 'ClusterUnstable', message: 'x' } });
    const after = condition(told(pending, { now: NOW + MINUTE }, before.status), 'Reconciling');
    expect(after).toMatchObject({ reason: 'NodesRemaining', lastTransitionTime: '2026-11-24T10:00:00Z' });
  });

  test('a run that has ended does not claim that spec.suspend is false', () => {
    const over = said(told([run('a', 'Completed')], { suspend: true }), 'Suspended');
    expect(over).toContain('the run has ended');
    expect(over).not.toContain('is false');
  });
});
