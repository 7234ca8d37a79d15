// Hard cases 19 and 25 to 27 as far as a plan decides them: wiped statuses, suspension, deadlines, skipped nodes.
import { describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/core/model.ts';
import {
  answer,
  condition,
  entry,
  failedWith,
  HOUR,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  planned,
  polled,
  run,
  running,
  SECOND,
  silence,
  status,
  submitted,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const lone = [node('a')];
const done = (name: string, change: Partial<Run> = {}) => run(name, 'Completed', { attempts: 1, ...change });
const ours = (value: ReturnType<typeof operation>) => ({ a: view({ operation: polled(id(1), value) }) });

describe('rule 19: a status that someone wiped or edited', () => {
  const old = { metadata: { creationTimestamp: time(-HOUR) } };

  test('entries that our last write had and that vanished are put back', () => {
    const lastWritten = status([submitting('a', SECOND), run('b', 'Pending')]);
    const plan = planned({ ...old, lastWritten, status: {}, intentAge: new Map() });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Submitting', intent: { id: 'intent-1' } });
    expect(plan.status.startTime).toBe(lastWritten.startTime);
    expect(plan.submissions).toEqual([]);
  });

  test.each([
    ['wiped whole', {}],
    ['without its nodes', { startTime: time(-HOUR), observedGeneration: 1 }],
  ])('a status %s on an object older than 60 s waits 40 s before its first POST', (_what, wiped) => {
    const first = planned({ ...old, status: wiped });
    expect(first.submissions).toEqual([]);
    expect(condition(first, 'Reconciling')).toMatchObject({ status: 'True', reason: 'StatusWiped' });
    const later = (ms: number) => planned({ ...old, status: first.status, now: NOW + ms, views: heardAt(ms) });
    expect(submitted(later(39 * SECOND))).toEqual([]);
    expect(submitted(later(40 * SECOND))).toEqual(['a']);
  });

  test('a new object starts at once', () => {
    expect(submitted(planned({ metadata: { creationTimestamp: time(-59 * SECOND) } }))).toEqual(['a']);
  });

  test('an entry that does not match podSelector is never contacted', () => {
    const plan = planned({ runs: [running('stranger', 'x'), submitting('enemy', SECOND)], spec: { parallelism: 9 } });
    expect(plan.needs.filter(({ uid }) => uid.includes('stranger') || uid.includes('enemy'))).toEqual([]);
    expect(entry(plan, 'stranger').reason).toBe('PodGone');
  });

  function heardAt(ms: number) {
    const fresh = view({ list: answer([], 100 - ms), cassandra: answer('NORMAL' as const, 100 - ms) });
    return { a: fresh, b: fresh, c: fresh };
  }
});

describe('rule 25: suspend', () => {
  test('open intents are recovered, live operations followed, and nothing is started', () => {
    const runs = [submitting('a', MINUTE)];
    const views = { a: view({ list: answer([operation(id(1), 'RUNNING')]) }) };
    const plan = planned({ runs, views, spec: { suspend: true, parallelism: 9 } });
    expect(entry(plan, 'a').operation?.id).toBe(id(1));
    expect(plan.submissions).toEqual([]);
    expect(condition(plan, 'Suspended').status).toBe('False');
  });

  test('with nothing left running, Suspended is True and Reconciling False', () => {
    const plan = planned({ runs: [done('a')], spec: { suspend: true } });
    expect(plan.status.state).toBe('Suspended');
    expect(condition(plan, 'Suspended').status).toBe('True');
    expect(condition(plan, 'Reconciling')).toMatchObject({ status: 'False', reason: 'Suspended' });
  });

  test('deadlines go on', () => {
    const plan = planned({
      status: status([run('a', 'Pending')], { startTime: time(-HOUR) }),
      nodes: lone,
      spec: { suspend: true, activeDeadlineSeconds: 3_600 },
    });
    expect(plan.status.state).toBe('Failed');
  });
});

describe('rule 26: deadlines stop new POSTs only', () => {
  const late = { spec: { activeDeadlineSeconds: 60 } };
  const begun = { startTime: time(-HOUR) };

  test('what runs is waited for, without looking again and again at the deadline that has passed', () => {
    const views = ours(operation(id(1), 'RUNNING'));
    const plan = planned({ ...late, status: status([running('a', id(1)), run('b', 'Pending')], begun), views });
    expect(entry(plan, 'a').state).toBe('Running');
    expect(entry(plan, 'b')).toMatchObject({ state: 'Skipped', reason: 'DeadlineExceeded' });
    expect(plan.recheckAt).toBeUndefined();
  });

  test('all COMPLETED is Complete, even late', () => {
    const views = ours(operation(id(1), 'COMPLETED'));
    const plan = planned({ ...late, nodes: lone, status: status([running('a', id(1))], begun), views });
    expect(condition(plan, 'Complete').status).toBe('True');
  });

  test('nodes never started are Skipped, and the run is Failed with that reason', () => {
    const runs = [done('a'), run('b', 'Pending'), run('c', 'Skipped', { reason: 'NotInRing' })];
    const plan = planned({ ...late, status: status(runs, begun) });
    expect(condition(plan, 'Failed')).toMatchObject({ status: 'True', reason: 'DeadlineExceeded' });
    expect(condition(plan, 'Failed').message).toContain('1 not started');
  });

  test('nodeDeadlineSeconds counts from the node’s first attempt, and a node that waits for another one fails', () => {
    const waiting = run('a', 'Pending', {
      attempts: 1,
      startTime: time(-HOUR),
      reason: 'OperationFailed',
      message: 'x',
    });
    const plan = planned({ runs: [waiting], nodes: lone, spec: { nodeDeadlineSeconds: 3_600 } });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Failed', reason: 'DeadlineExceeded' });
    expect(entry(plan, 'a').message).toContain('before: x');
    expect(planned({ runs: [waiting], nodes: lone, spec: { nodeDeadlineSeconds: 3_601 } }).submissions).toHaveLength(1);
  });

  test('an attempt that fails after the deadline is not repeated', () => {
    const views = ours(failedWith(id(1), 'boom'));
    const plan = planned({ ...late, nodes: lone, status: status([running('a', id(1))], begun), views });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Failed', reason: 'DeadlineExceeded' });
  });

  test('maxFailedNodes stops in the same way', () => {
    const runs = [run('a', 'Failed', { reason: 'OperationFailed' }), run('b', 'Pending'), run('c', 'Pending')];
    const plan = planned({ runs, spec: { maxFailedNodes: 0 } });
    expect(condition(plan, 'Failed')).toMatchObject({ status: 'True', reason: 'MaxFailedNodesExceeded' });
    expect(planned({ runs, spec: { maxFailedNodes: 1 } }).submissions).toHaveLength(1);
    expect(planned({ runs }).submissions).toHaveLength(1);
  });
});

describe('maxFailedNodes', () => {
  const tooLate = run('a', 'Pending', { attempts: 1, startTime: time(-HOUR), reason: 'OperationFailed', message: 'x' });
  const silentTooOften = run('a', 'Pending', { failures: 3, reason: 'SidecarUnreachable', since: time(-15 * MINUTE) });

  test.each([
    ['its deadline', tooLate, {}],
    ['silence', silentTooOften, { a: view({ list: silence() }) }],
  ])('a node that fails by %s in this very look stops the others from starting', (_what, failing, views) => {
    const limits = { maxFailedNodes: 0, nodeDeadlineSeconds: 60 };
    const plan = planned({ runs: [failing, run('b', 'Pending'), run('c', 'Pending')], views, spec: limits });
    expect(entry(plan, 'a').state).toBe('Failed');
    expect(plan.submissions).toEqual([]);
    const next = planned({ status: plan.status, views, spec: limits });
    expect(next.status.state).toBe('Failed');
  });
});

describe('rule 27: skipped nodes', () => {
  test('a Pod that is gone is waited for, and skipped after 10 minutes', () => {
    const first = planned({ nodes: [node('b')], runs: [run('a', 'Pending')] });
    expect(entry(first, 'a')).toMatchObject({ state: 'Pending', reason: 'PodGone', since: time() });
    expect(first.submissions).toEqual([]);
    const later = planned({ nodes: [node('b')], runs: first.status.nodes ?? [], now: NOW + 10 * MINUTE });
    expect(entry(later, 'a')).toMatchObject({ state: 'Skipped', reason: 'PodGone' });
  });

  test.each(['Completed', 'Failed'] as const)(
    'a %s node whose Pod has left for good holds the gate for 10 minutes',
    (state) => {
      const first = planned({ nodes: [node('b')], runs: [run('a', state, { attempts: 1 })] });
      expect(condition(first, 'Reconciling')).toMatchObject({ reason: 'ClusterUnstable', message: 'Pod a is gone' });
      expect(first.recheckAt).toBe(NOW + 10 * MINUTE);
      const runs = [run('a', state, { attempts: 1, since: time(-10 * MINUTE) }), run('b', 'Pending')];
      expect(submitted(planned({ nodes: [node('b')], runs }))).toEqual(['b']);
    },
  );

  test('a Pod that is back before the end is cleaned after all', () => {
    const runs = [run('a', 'Skipped', { reason: 'PodGone', message: 'x' })];
    expect(submitted(planned({ nodes: [node('a'), node('b')], runs }))).toEqual(['a']);
  });

  test('a run whose other nodes completed is Complete as NodesSkipped, and names them', () => {
    const runs = [done('a'), run('b', 'Skipped', { reason: 'PodGone' }), run('c', 'Skipped', { reason: 'NotInRing' })];
    const plan = planned({ nodes: [node('a'), node('c')], runs });
    expect(condition(plan, 'Complete')).toMatchObject({ status: 'True', reason: 'NodesSkipped' });
    expect(condition(plan, 'Complete').message).toBe('1 of 3 nodes completed, 2 skipped: b (PodGone), c (NotInRing)');
  });
});
