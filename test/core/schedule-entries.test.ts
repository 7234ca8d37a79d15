// What a start, or the lack of one, leaves in the entry of a node: its intent, its silence, what stood in its way.
import { describe, expect, test } from '@jest/globals';
import type { Run, SidecarView } from '../../src/core/model.ts';
import {
  answer,
  condition,
  entry,
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
  submitted,
  time,
  view,
} from '../support/builders.ts';

const live = (n: number) => view({ operation: polled(id(n), operation(id(n), 'RUNNING')) });

describe('an intent', () => {
  const restarted = { reason: 'OperationFailed', message: 'boom', failures: 1, previous: { id: id(1), reason: 'x' } };

  test('says which attempt it is of, on which Pod and process, and drops what was said of the one before', () => {
    const before = { ...running('a', id(1)), ...restarted, state: 'Pending' as const, notBefore: time(-1) };
    const plan = planned({ nodes: [node('a', { sidecarContainer: 'new', uid: 'new-uid' })], runs: [before] });
    expect(entry(plan, 'a')).toEqual({
      ...{ name: 'a', state: 'Submitting', attempts: 2, failures: 1, startTime: time(-MINUTE) },
      ...{ podUID: 'new-uid', sidecarContainer: 'new', previous: restarted.previous },
      intent: { id: 'reconcile-1', time: time() },
    });
  });

  test('of a first attempt begins the node’s time, and names no process where the Pod names none', () => {
    const { sidecarContainer: _container, ...nameless } = node('a');
    expect(entry(planned({ nodes: [nameless] }), 'a')).toStrictEqual({
      ...{ name: 'a', state: 'Submitting', attempts: 1, startTime: time(), podUID: 'uid-a' },
      intent: { id: 'reconcile-1', time: time() },
    });
  });

  test.each([
    ['NotDelivered', time(-MINUTE)],
    ['SidecarRejected', time(-MINUTE)],
    ['OperationFailed', undefined],
  ])('keeps the start of a spell of requests that never got through: %s', (reason, since) => {
    const before = run('a', 'Pending', { reason, message: 'x', since: time(-MINUTE), notBefore: time() });
    expect(entry(planned({ nodes: [node('a')], runs: [before] }), 'a').since).toBe(since);
  });
});

describe('a node that was silent, while no slot is free for it', () => {
  const quiet = (change: Partial<Run> = {}) =>
    run('b', 'Pending', { reason: 'SidecarUnreachable', message: 'x', since: time(-MINUTE), ...change });
  const beside = (b: SidecarView | null, before = quiet()) =>
    planned({ runs: [running('a', id(1)), before, run('c', 'Pending')], views: { a: live(1), b } });
  const listNeeds = ({ needs }: ReturnType<typeof planned>) => needs.filter(({ what }) => what === 'list');

  test('is silent no more as soon as it answers, whatever it says', () => {
    expect(entry(beside(view()), 'b')).toEqual(run('b', 'Pending'));
    expect(entry(beside(view({ list: answer([operation(id(9), 'RUNNING')]) })), 'b')).toEqual(run('b', 'Pending'));
    expect(listNeeds(beside(view()))).toEqual([]);
  });

  test('is asked on', () => {
    expect(listNeeds(beside(null))).toEqual([{ uid: 'uid-b', what: 'list', at: NOW }]);
    const plan = beside(view({ list: silence() }));
    expect(entry(plan, 'b')).toMatchObject({ reason: 'SidecarUnreachable', since: time(-MINUTE) });
    expect(listNeeds(plan)).toEqual([{ uid: 'uid-b', what: 'list', at: NOW - 100 + 10 * SECOND }]);
  });

  test('fails in the end as any other, and that is looked at before another node starts', () => {
    const before = quiet({ since: time(-HOUR), failures: 3 });
    expect(entry(beside(view({ list: silence() }), before), 'b')).toMatchObject({ state: 'Failed', failures: 4 });
  });

  test('is left alone in its pause', () => {
    const resting = quiet({ notBefore: time(MINUTE) });
    expect(entry(beside(null, resting), 'b')).toEqual(resting);
    expect(listNeeds(beside(null, resting))).toEqual([]);
  });

  test.each(['CassandraNotReady', 'OperationFailed'])('one that waits for %s is not asked', (reason) => {
    const other = quiet({ reason });
    expect(entry(beside(null, other), 'b')).toEqual(other);
    expect(listNeeds(beside(null, other))).toEqual([]);
  });

  test('one for which a slot is free starts as soon as it answers', () => {
    expect(submitted(planned({ runs: [quiet({ name: 'a' })] }))).toEqual(['a']);
  });

  test('one that has said nothing of its list yet is asked for it', () => {
    expect(listNeeds(beside({ cassandra: answer('NORMAL' as const) }))).toEqual([
      { uid: 'uid-b', what: 'list', at: NOW },
    ]);
  });

  test('a live operation on it is never ended by that, however long it is silent', () => {
    const unheard = { reason: 'SidecarUnreachable', message: 'x', since: time(-20 * MINUTE), failures: 3 };
    const views = { a: { list: silence(), operation: { ...silence(), id: id(1), firstAskedAt: NOW - HOUR } } };
    const plan = planned({ runs: [running('a', id(1), unheard)], views });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Running', failures: 3 });
  });

  test('one that has just been tried is asked once', () => {
    const plan = planned({ runs: [quiet({ name: 'a' })], nodes: [node('a')], views: { a: view({ list: silence() }) } });
    expect(listNeeds(plan)).toHaveLength(1);
  });
});

describe('what stood in the way of a node', () => {
  test.each(['WaitingForNodeOperation', 'WaitingForOtherCleanup', 'CassandraNotReady', 'StatusWiped'])(
    '%s is forgotten once its list is good, though the gate still asks',
    (reason) => {
      const before = run('a', 'Pending', { reason, message: 'x', since: time(-MINUTE) });
      expect(entry(planned({ runs: [before], views: { b: null } }), 'a')).toEqual(run('a', 'Pending'));
    },
  );

  test('stays while its list is not heard', () => {
    const before = run('a', 'Pending', { reason: 'WaitingForNodeOperation', message: 'x', since: time(-MINUTE) });
    expect(entry(planned({ runs: [before], views: { a: null } }), 'a')).toEqual(before);
  });

  test('a node that fails for good says why nothing else starts in this look', () => {
    const before = run('a', 'Pending', { reason: 'SidecarUnreachable', failures: 3, since: time(-15 * MINUTE) });
    const plan = planned({ runs: [before], views: { a: view({ list: silence() }) } });
    expect(condition(plan, 'Reconciling')).toMatchObject({
      reason: 'SidecarUnreachable',
      message: 'node a failed: connect timed out',
    });
    expect(plan).toMatchObject({ submissions: [], recheckAt: NOW + SECOND });
  });
});
