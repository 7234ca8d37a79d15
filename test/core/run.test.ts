// One look at one node, whatever state it is in: its Pod there or gone, its deadline, the limits of the whole run.
import { describe, expect, test } from '@jest/globals';
import type { Node, Run } from '../../src/core/model.ts';
import { closePending, isActive, isAwaited, isOver, step } from '../../src/core/run.ts';
import {
  HOUR,
  id,
  MINUTE,
  NOW,
  node,
  type observation,
  operation,
  other,
  polled,
  run,
  running,
  SECOND,
  submitting,
  time,
  view,
} from '../support/builders.ts';
import { contextOf } from '../support/step-context.ts';

const there = (entry: Run, change: Parameters<typeof observation>[0] = {}) =>
  step(entry, contextOf({ nodes: [node('a')], ...change }));
const gone = (entry: Run) => step(entry, contextOf({ nodes: [] as Node[] }));

test.each([
  ['Pending', false, false],
  ['Submitting', false, true],
  ['Running', false, true],
  ['Completed', true, false],
  ['Failed', true, false],
  ['Skipped', true, false],
] as const)('%s is over: %s, holds its slot: %s', (state, over, active) => {
  expect(isOver(run('a', state))).toBe(over);
  expect(isActive(run('a', state))).toBe(active);
});

describe('a node whose Pod is gone', () => {
  test('says so from the first look on, and is looked at again ten minutes later', () => {
    expect(gone(run('a', 'Pending'))).toEqual({
      run: { name: 'a', state: 'Pending', reason: 'PodGone', message: 'Pod a is gone', since: time() },
      needs: [],
      recheckAt: NOW + 10 * MINUTE,
    });
  });

  test.each([
    ['a millisecond before ten minutes it still waits', 10 * MINUTE - 1, 'Running'],
    ['at ten minutes it is skipped', 10 * MINUTE, 'Skipped'],
  ])('%s', (_when, ms, state) => {
    const left = gone(running('a', id(1), { reason: 'PodGone', message: 'x', since: time(-ms) }));
    expect(left.run).toMatchObject({ state, reason: 'PodGone' });
    expect(left.recheckAt).toBe(state === 'Skipped' ? undefined : NOW + 1);
    expect(left.needs).toEqual([]);
  });

  test('says when it is skipped for how long its Pod was gone', () => {
    const left = gone(run('a', 'Pending', { reason: 'PodGone', since: time(-HOUR) }));
    expect(left.run.message).toBe('Pod a was gone for 10 minutes');
  });

  test.each<[string, Run]>([
    ['Pending', run('a', 'Pending')],
    ['Submitting', submitting('a', SECOND)],
    ['Running', running('a', id(1))],
  ])('goes on as if nothing had been, if its Pod is back: %s', (_state, entry) => {
    const back = there({ ...entry, reason: 'PodGone', message: 'Pod a is gone', since: time(-MINUTE) });
    expect(back).toEqual(there(entry));
    expect(back.run.reason).not.toBe('PodGone');
  });

  test('a Pending node keeps any other reason', () => {
    const paused = run('a', 'Pending', { reason: 'Interrupted', message: 'x', notBefore: time(SECOND) });
    expect(there(paused)).toEqual({ run: paused, needs: [] });
  });

  test('a Running node that is there is polled', () => {
    const polls = { a: view({ operation: polled(id(1), operation(id(1), 'RUNNING')) }) };
    expect(there(running('a', id(1)), { views: polls }).needs).toMatchObject([{ what: 'operation', id: id(1) }]);
  });
});

describe('a node that is done', () => {
  const done = run('a', 'Completed', { attempts: 1 });

  test('notes since when its Pod is gone, and is looked at again when the cluster need no longer wait', () => {
    expect(gone(done)).toEqual({ run: { ...done, since: time() }, needs: [], recheckAt: NOW + 10 * MINUTE });
    const noted = { ...done, since: time(-MINUTE) };
    expect(gone(noted)).toEqual({ run: noted, needs: [], recheckAt: NOW + 9 * MINUTE });
  });

  test('is not looked at again after that', () => {
    const noted = { ...done, since: time(-10 * MINUTE) };
    expect(gone(noted)).toEqual({ run: noted, needs: [] });
  });

  test('forgets that as soon as its Pod is back, and is the same object otherwise', () => {
    expect(there({ ...done, since: time(-MINUTE) })).toEqual({ run: done, needs: [] });
    expect(there(done).run).toBe(done);
  });

  test('is cleaned after all if it was skipped because its Pod was gone', () => {
    const skipped = run('a', 'Skipped', { reason: 'PodGone', message: 'x', rack: 'r1' });
    expect(there(skipped)).toEqual({ run: { name: 'a', state: 'Pending', rack: 'r1' }, ...LOOK_AGAIN });
    expect(gone(skipped)).toEqual({ run: skipped, needs: [] });
  });

  /** What is to be asked follows from what is stored then. */
  const LOOK_AGAIN = { needs: [], recheckAt: NOW + SECOND };

  /** What is left of an entry while its Pod was out of the selection for ten minutes. */
  const skippedFor = (entry: Run) => gone({ ...entry, reason: 'PodGone', message: 'x', since: time(-HOUR) }).run;

  test.each([
    ['an operation', running('a', id(1))],
    ['one that said COMPLETED', running('a', id(1), { operation: operation(id(1), 'COMPLETED') })],
    ['an intent', submitting('a', HOUR)],
    [
      'a pause after a loss',
      run('a', 'Pending', { attempts: 1, notBefore: time(HOUR), previous: { reason: 'OperationLost' } }),
    ],
  ])('goes on with %s where it was, if its Pod is back and was never replaced', (_what, entry) => {
    const skipped = skippedFor(entry);
    expect(skipped).toMatchObject({ state: 'Skipped', reason: 'PodGone' });
    expect(there(skipped)).toEqual({ run: entry, ...LOOK_AGAIN });
  });

  test('with an intent waits until no other run is active, whose operation could be taken for its own', () => {
    const skipped = skippedFor(submitting('a', HOUR));
    const later = { needs: [], recheckAt: NOW + 10 * SECOND };
    expect(there(skipped, { others: [other('b', { active: true })] })).toEqual({ run: skipped, ...later });
    expect(there(skipped, { others: [other('b')] }).run.state).toBe('Submitting');
    const operated = skippedFor(running('a', id(1)));
    expect(there(operated, { others: [other('b', { active: true })] }).run.state).toBe('Running');
  });

  test.each([
    ['in a Pod that was replaced', running('a', id(1), { podUID: 'uid-of-another' })],
    ['that was given up as lost', running('a', id(1), { previous: { id: id(1), reason: 'OperationLost' } })],
  ])('is cleaned anew if it has an operation %s', (_which, entry) => {
    expect(there(skippedFor(entry)).run.state).toBe('Pending');
  });

  test('stays skipped where it was for another reason', () => {
    const skipped = run('a', 'Skipped', { reason: 'NotInRing', message: 'x' });
    expect(there(skipped)).toEqual({ run: skipped, needs: [] });
  });

  test('stays Failed, whatever it failed of', () => {
    const failed = run('a', 'Failed', { reason: 'PodGone', message: 'x' });
    expect(there(failed)).toEqual({ run: failed, needs: [] });
  });
});

describe('whether the whole cluster waits for a Pod that is gone', () => {
  const goneFor = (state: Run['state'], ms: number, change = {}) =>
    isAwaited(run('a', state, { since: time(-ms), ...change }), NOW);

  test.each([
    ['a Completed node', 'Completed', {}],
    ['a Failed node', 'Failed', { reason: 'OperationFailed' }],
    ['a Pending node', 'Pending', { reason: 'PodGone' }],
  ] as const)('%s holds it for ten minutes', (_what, state, change) => {
    expect(goneFor(state, 10 * MINUTE - 1, change)).toBe(true);
    expect(goneFor(state, 10 * MINUTE, change)).toBe(false);
  });

  test('a node that waited for something else is expected back from the moment its Pod is missed', () => {
    expect(goneFor('Pending', HOUR, { reason: 'SidecarUnreachable' })).toBe(true);
  });

  test('a skipped node does not hold it', () => {
    expect(isAwaited(run('a', 'Skipped', { reason: 'PodGone' }), NOW)).toBe(false);
  });
});

describe('a Pending node and the limits', () => {
  const limited = { spec: { nodeDeadlineSeconds: 60 } };
  const begun = (ms: number, change = {}) => run('a', 'Pending', { attempts: 1, startTime: time(-ms), ...change });
  const stop = { reason: 'MaxFailedNodesExceeded', message: 'more than 0 nodes failed' };
  const close = (entry: Run, change: object = limited, why: typeof stop | undefined = undefined) =>
    closePending(entry, why, contextOf(change));

  test('is looked at again when its deadline passes', () => {
    const tried = begun(MINUTE - 1);
    expect(close(tried)).toEqual({ run: tried, needs: [], recheckAt: NOW + 1 });
  });

  test('fails at its deadline, and says what it was waiting for', () => {
    const failed = close(begun(MINUTE, { reason: 'Interrupted', message: 'text of Cassandra' }));
    expect(failed.run).toMatchObject({ state: 'Failed', reason: 'DeadlineExceeded' });
    expect(failed.run.message).toBe('nodeDeadlineSeconds has passed; before: text of Cassandra');
    expect(failed.needs).toEqual([]);
    expect(close(begun(MINUTE)).run.message).toBe('nodeDeadlineSeconds has passed');
  });

  test.each([
    ['has not been tried', run('a', 'Pending'), limited],
    ['has no deadline', begun(HOUR), {}],
  ])('has nothing to be looked at again for where it %s', (_why, entry, change) => {
    expect(close(entry, change)).toEqual({ run: entry, needs: [] });
  });

  test('is looked at again when its pause ends, or at its deadline if that is earlier', () => {
    const paused = (ms: number) => begun(30 * SECOND, { notBefore: time(ms) });
    expect(close(paused(10 * SECOND)).recheckAt).toBe(NOW + 10 * SECOND);
    expect(close(paused(HOUR)).recheckAt).toBe(NOW + 30 * SECOND);
    expect(close(paused(0), {}).recheckAt).toBeUndefined();
    expect(close(paused(-SECOND), {}).recheckAt).toBeUndefined();
  });

  test.each([
    ['its deadline', limited, undefined],
    ['a limit of the whole run', {}, stop],
  ])('rests after a loss before %s ends it: what was forgotten may still run', (_what, change, why) => {
    const lost = (ms: number) => begun(HOUR, { notBefore: time(ms), previous: { reason: 'OperationLost' } });
    expect(close(lost(SECOND), change, why)).toEqual({ run: lost(SECOND), needs: [], recheckAt: NOW + SECOND });
    expect(close(lost(0), change, why).run.state).toBe('Failed');
  });

  test('is Skipped by a limit of the whole run where it was never tried, and Failed where it was', () => {
    const ended = { reason: 'MaxFailedNodesExceeded', message: stop.message };
    expect(close(run('a', 'Pending'), {}, stop)).toEqual({ run: { name: 'a', state: 'Skipped', ...ended }, needs: [] });
    expect(close(run('a', 'Pending', { attempts: 0 }), {}, stop).run.state).toBe('Skipped');
    expect(close(begun(SECOND, { message: 'boom' }), {}, stop).run).toMatchObject({
      ...{ state: 'Failed', reason: stop.reason, message: `${stop.message}; before: boom` },
    });
  });
});
