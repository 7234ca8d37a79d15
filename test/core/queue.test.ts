// How one run looks to another: whether it has begun, whether it could start now, and which of its nodes rest.
import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../../src/api/generated.ts';
import { restMs } from '../../src/core/attempt.ts';
import type { Resource, Run } from '../../src/core/model.ts';
import { hasLosses, holdsUp, isFinished, otherRun, restingNodes, waitsFor } from '../../src/core/queue.ts';
import {
  HOUR,
  MINUTE,
  NOW,
  other,
  resource,
  run,
  running,
  SECOND,
  status,
  submitting,
  time,
} from '../support/builders.ts';

const says = (type: string, word: Condition['status'], reason = 'Any'): Condition => ({
  type,
  status: word,
  reason,
  message: '',
  lastTransitionTime: time(),
});
const having = (...conditions: Condition[]): Resource => resource({ status: status([], { conditions }) });
const of = (...runs: Run[]): Resource => resource({ status: status(runs) });

describe('a run as another one sees it', () => {
  test('by its name, its UID and its age; it has not begun while no attempt was made', () => {
    expect(otherRun(of(run('a', 'Pending')), NOW)).toEqual({
      name: 'orders',
      uid: 'uid-of-orders',
      created: NOW - 5 * SECOND,
      started: false,
      active: false,
      couldStart: true,
    });
  });

  test('one that does not say when it was created is the oldest', () => {
    expect(otherRun(resource({ metadata: { creationTimestamp: '' } }), NOW).created).toBe(0);
  });

  test.each([
    ['an open intent', submitting('a', SECOND), { started: true, active: true }],
    ['a live operation', running('a', 'op'), { started: true, active: true }],
    ['an attempt that has ended', run('a', 'Completed', { attempts: 1 }), { started: true, active: false }],
    ['an attempt that never left', run('a', 'Pending', { attempts: 0 }), { started: false, active: false }],
  ])('%s on one of its nodes', (_what, one, seen) => {
    expect(otherRun(of(run('b', 'Pending'), one), NOW)).toMatchObject(seen);
  });
});

describe('a run could start', () => {
  const could = (subject: Resource) => otherRun(subject, NOW).couldStart;

  test('before anybody has written its entries', () => {
    expect(could(resource({ status: {} }))).toBe(true);
    expect(could(of())).toBe(true);
  });

  test.each<[string, Run, boolean]>([
    ['waits for nothing', run('a', 'Pending'), true],
    ['waits for its slot', run('a', 'Pending', { reason: 'OperationFailed' }), true],
    ['has had its pause', run('a', 'Pending', { notBefore: time() }), true],
    ['is in its pause', run('a', 'Pending', { notBefore: time(1) }), false],
    ['has a silent Sidecar', run('a', 'Pending', { reason: 'SidecarUnreachable' }), false],
    ['has a Sidecar that answers nonsense', run('a', 'Pending', { reason: 'SidecarInvalidAnswer' }), false],
    ['has no Pod', run('a', 'Pending', { reason: 'PodGone' }), false],
    ['has a Cassandra that is not ready', run('a', 'Pending', { reason: 'CassandraNotReady' }), false],
    ['is busy with something else', run('a', 'Pending', { reason: 'WaitingForNodeOperation' }), false],
    ['lists more than can be told apart', run('a', 'Pending', { reason: 'TooManyOperations' }), false],
    ['rests after a loss of another run', run('a', 'Pending', { reason: 'WaitingForOtherCleanup' }), false],
    ['is done', run('a', 'Completed'), false],
    ['has failed', run('a', 'Failed'), false],
  ])('where its last node %s: %s', (_what, one, yes) => {
    expect(could(of(run('z', 'Completed'), one))).toBe(yes);
  });

  test.each<[string, Resource, boolean]>([
    ['waits for another run', having(says('Reconciling', 'True', 'WaitingForOtherCleanup')), true],
    ['has an invalid selection', having(says('Reconciling', 'True', 'InvalidRequest')), false],
    ['has a node that the Sidecar refused', having(says('Failed', 'False', 'InvalidRequest')), true],
    ['is Complete', having(says('Complete', 'True')), false],
    ['has Failed', having(says('Failed', 'True')), false],
    ['is suspended', resource({ spec: { suspend: true }, status: {} }), false],
    ['is being deleted', resource({ metadata: { deletionTimestamp: time() }, status: {} }), false],
  ])('where it %s: %s', (_what, subject, yes) => {
    expect(could(subject)).toBe(yes);
  });
});

describe('whom a run waits for', () => {
  const own = of(run('a', 'Pending'));

  test('nobody, where it is alone or the first', () => {
    expect(waitsFor(own, [])).toBeUndefined();
    expect(waitsFor(own, [other('younger', { created: NOW + HOUR })])).toBeUndefined();
  });

  test('a live one is named before one that merely goes first', () => {
    const older = other('older', { created: 0 });
    const live = other('live', { created: NOW + HOUR, active: true });
    expect(waitsFor(own, [older, live])?.name).toBe('live');
    expect(waitsFor(own, [older])?.name).toBe('older');
  });

  test('one that has begun goes before an older one that has not', () => {
    const begun = otherRun(of(run('a', 'Pending', { attempts: 1 })), NOW);
    expect(holdsUp(other('older', { created: 0 }), begun)).toBe(false);
    expect(holdsUp(other('older', { created: 0, started: true }), begun)).toBe(true);
  });

  test('a run is never held up by its own like: equal age and UID', () => {
    const twin = otherRun(own, NOW);
    expect(holdsUp(twin, twin)).toBe(false);
  });
});

describe('nodes that rest after a loss', () => {
  const lost = (notBefore?: string): Partial<Run> => ({
    attempts: 1,
    previous: { reason: 'OperationLost' },
    ...(notBefore === undefined ? {} : { notBefore }),
  });

  test.each<[string, Run, number]>([
    ['until its pause ends', run('a', 'Pending', lost(time(MINUTE))), MINUTE],
    ['no longer than its pause', run('a', 'Pending', lost(time(-MINUTE))), 0],
    ['not without a pause', run('a', 'Pending', lost()), 0],
    ['not after another failure', run('a', 'Pending', { notBefore: time(MINUTE) }), 0],
    ['not once it is tried again', submitting('a', SECOND, lost(time(MINUTE))), 0],
  ])('%s', (_what, one, ms) => {
    expect(restMs(one, NOW)).toBe(ms);
  });

  test('are named as long as they rest', () => {
    const subject = of(run('a', 'Pending', lost(time(MINUTE))), run('b', 'Pending', lost(time(2 * MINUTE))));
    expect(restingNodes(subject, NOW)).toEqual(['a', 'b']);
    expect(restingNodes(subject, NOW + MINUTE)).toEqual(['b']);
    expect(restingNodes(resource({ status: {} }), NOW)).toEqual([]);
  });

  test('are losses of their run also when the pause is over, but not once they are tried again', () => {
    expect(hasLosses(of(run('b', 'Completed'), run('a', 'Pending', lost(time(-HOUR)))))).toBe(true);
    expect(hasLosses(of(run('a', 'Pending', { previous: { reason: 'OperationFailed' } })))).toBe(false);
    expect(hasLosses(of(running('a', 'op', lost())))).toBe(false);
    expect(hasLosses(resource({ status: {} }))).toBe(false);
  });
});

describe('a run has come to its end', () => {
  test.each<[string, Resource, boolean]>([
    ['Complete is True', having(says('Complete', 'True')), true],
    ['Failed is True', having(says('Complete', 'False'), says('Failed', 'True')), true],
    ['both are False', having(says('Complete', 'False'), says('Failed', 'False')), false],
    ['another condition is True', having(says('Reconciling', 'True')), false],
    ['it has no conditions yet', resource({ status: {} }), false],
  ])('%s', (_what, subject, yes) => {
    expect(isFinished(subject)).toBe(yes);
  });
});
