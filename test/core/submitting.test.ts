// One look at a node with an open intent: what is asked next and when, what is adopted, and how many operations are told apart.
import { describe, expect, test } from '@jest/globals';
import type { Operation, Run, SidecarView } from '../../src/core/model.ts';
import { adopted, at, shown, stepSubmitting } from '../../src/core/submitting.ts';
import {
  answer,
  HOUR,
  id,
  MINUTE,
  NOW,
  node,
  type ObservationChange,
  operation,
  SECOND,
  silence,
  submitting,
  time,
  view,
} from '../support/builders.ts';
import { contextOf } from '../support/step-context.ts';

const FORGOTTEN = 'the Sidecar was restarted and has forgotten what it may have begun';

function look(run: Run, list: SidecarView['list'], target = node('a'), change: ObservationChange = {}) {
  const views = { a: list === undefined ? null : view({ list }) };
  const intentAge = new Map([['intent-1', HOUR]]);
  return stepSubmitting(run, target, contextOf({ nodes: [target], views, intentAge, ...change }));
}
const askList = (when: number) => [{ uid: 'uid-a', what: 'list', at: when }];
/** An entry whose operation a list lacked, `gapMs` ago. */
const missed = (gapMs: number, change: Partial<Run> = {}) =>
  submitting('a', HOUR, { reason: 'OutcomeUnknown', message: 'x', since: time(-gapMs), ...change });

describe('what is asked', () => {
  test('while the request is under way, nothing: a second later it is looked at again', () => {
    const run = submitting('a', SECOND);
    const underWay = look(run, silence(), node('a'), { submitting: new Set(['uid-a']) });
    expect(underWay).toEqual({ run, needs: [], recheckAt: NOW + SECOND });
  });

  test('a request to a Pod that was replaced meanwhile is under way all the same, and one to no known Pod', () => {
    const change = { submitting: new Set(['uid-a']) };
    const run = submitting('a', SECOND);
    expect(look(run, answer([]), node('a', { uid: 'new' }), change).recheckAt).toBe(NOW + SECOND);
    const { podUID: _podUID, ...unnamed } = run;
    expect(look(unnamed, answer([]), node('a'), change).recheckAt).toBe(NOW + SECOND);
  });

  test('a Sidecar that was never heard is asked for its list at once', () => {
    const run = submitting('a', SECOND);
    expect(look(run, undefined)).toEqual({ run, needs: askList(NOW) });
  });

  test.each([
    ['the intent was written', 105, 0],
    ['this process first saw the intent, where the clock that wrote it goes ahead', -MINUTE, 105],
  ])('a list asked for just when %s counts, an older one does not', (_when, intentMs, seenMs) => {
    const run = submitting('a', intentMs);
    const seen = { intentAge: new Map([['intent-1', seenMs]]) };
    const heard = (list: SidecarView['list']) => look(run, list, node('a'), seen);
    expect(heard(answer([], 100)).run.reason).toBe('OutcomeUnknown');
    expect(heard(silence('no route', 100)).run.reason).toBe('SidecarUnreachable');
    expect(heard(answer([], 101))).toEqual({ run, needs: askList(NOW + 149) });
    expect(heard(silence('no route', 101))).toEqual({ run, needs: askList(NOW + 149) });
  });

  test('an intent that this process has not seen before is as old as its own time says', () => {
    const unseen = { intentAge: new Map<string, number>() };
    expect(look(submitting('a', 105), answer([], 100), node('a'), unseen).run.reason).toBe('OutcomeUnknown');
  });

  test('of an entry whose intent somebody removed nothing: what it had sent cannot be told any more, which is a loss', () => {
    const { intent: _intent, ...edited } = submitting('a', SECOND);
    const { run, needs } = look(edited, answer([], 100));
    expect(run).toMatchObject({ state: 'Pending', reason: 'OutcomeUnknown', previous: { reason: 'OutcomeUnknown' } });
    expect(Date.parse(run.notBefore ?? '')).toBeGreaterThanOrEqual(NOW + MINUTE);
    expect(needs).toEqual([]);
  });
});

describe('a list that does not come', () => {
  test('is asked for at a pace that slackens, and the entry says why', () => {
    const quiet = look(submitting('a', MINUTE), silence('no route'));
    expect(quiet.run).toMatchObject({ state: 'Submitting', reason: 'SidecarUnreachable', message: 'no route' });
    expect(quiet.needs).toEqual(askList(NOW - 100 + 250));
    const held = submitting('a', HOUR, { reason: 'SidecarUnreachable', since: time(-MINUTE) });
    expect(look(held, silence()).needs).toEqual(askList(NOW - 100 + 10 * SECOND));
  });

  test('for an hour leaves the outcome unknown; an hour of anything else does not', () => {
    const silentFor = (ms: number, reason: string) =>
      look(submitting('a', 2 * HOUR, { reason, since: time(-ms) }), silence('no route'));
    const given = silentFor(HOUR, 'SidecarUnreachable');
    expect(given).toMatchObject({ run: { state: 'Failed', reason: 'OutcomeUnknown' }, needs: [] });
    expect(given.run.message).toBe('no answer for an hour, outcome unknown: no route');
    expect(silentFor(HOUR - 1, 'SidecarUnreachable').run.state).toBe('Submitting');
    expect(silentFor(HOUR, 'OutcomeUnknown').run.state).toBe('Submitting');
  });
});

describe('an operation that no list shows', () => {
  test('is missed first: the entry says since when that list was asked for', () => {
    const first = look(submitting('a', HOUR), answer([], 100));
    expect(first.run).toMatchObject({ state: 'Submitting', reason: 'OutcomeUnknown', since: time(-105) });
    expect(first.run.message).toContain('the Sidecar does not list the operation; asking again to be sure');
    expect(first.needs).toEqual(askList(NOW - 105 + 10 * SECOND));
  });

  test('is not missed since requests failed to arrive: one list proves nothing after such a spell either', () => {
    const first = look(submitting('a', HOUR, { since: time(-MINUTE) }), answer([], 100));
    expect(first.run).toMatchObject({ state: 'Submitting', reason: 'OutcomeUnknown', since: time(-105) });
  });

  test.each([
    ['the moment that proof is possible', 10 * SECOND + 105, 'Pending'],
    ['a millisecond before it', 10 * SECOND + 104, 'Submitting'],
  ])('is proven absent by a list asked for at %s', (_when, gapMs, state) => {
    expect(look(missed(gapMs), answer([], 100)).run.state).toBe(state);
  });

  test('is asked for when proof is possible, at once where that moment has passed', () => {
    expect(look(missed(5 * SECOND), answer([], 100)).needs).toEqual(askList(NOW + 5 * SECOND));
    expect(look(missed(12 * SECOND), answer([], 3 * SECOND)).needs).toEqual(askList(NOW));
    const young = new Map([['intent-1', 20 * SECOND]]);
    expect(look(missed(12 * SECOND), answer([], 100), node('a'), { intentAge: young }).needs).toEqual(
      askList(NOW + 10 * SECOND),
    );
  });

  test('is not given up before its Pod is read', () => {
    const run = missed(MINUTE);
    expect(look(run, answer([]), node('a', { live: false }))).toEqual({ run, needs: [], wantsLive: true });
  });

  test.each([
    ['in the same process: it never arrived', {}, 'NotDelivered', 'the request never reached the Sidecar'],
    ['in another process: that may have forgotten it', { sidecarContainer: 'x' }, 'OperationLost', FORGOTTEN],
    ['in another Pod: the old one may have begun it', { uid: 'new' }, 'OperationLost', FORGOTTEN],
  ])('is given up %s', (_where, change, reason, message) => {
    const over = look(missed(MINUTE), answer([]), node('a', change));
    expect(over).toMatchObject({ run: { state: 'Pending', reason, message }, needs: [] });
  });
});

describe('an operation that is found', () => {
  const found = (list: Operation[], run = submitting('a', MINUTE), target = node('a')) =>
    look(run, answer(list), target);

  test('is polled at once, and a trouble before is forgotten', () => {
    const step = found([operation(id(5), 'RUNNING')], missed(5 * SECOND));
    expect(step.needs).toEqual([{ uid: 'uid-a', what: 'operation', id: id(5), at: NOW }]);
    expect(step.run).toMatchObject({ state: 'Running', operation: { id: id(5), state: 'RUNNING' } });
    expect(step.run).not.toHaveProperty('reason');
  });

  test.each([
    ['another process of its Pod', { sidecarContainer: 'another' }, 'uid-a', 'another'],
    ['another Pod of its name', { uid: 'new', sidecarContainer: 'another' }, 'new', 'another'],
  ])('in %s: its entry names where it runs', (_where, change, podUID, sidecarContainer) => {
    const { run } = found([operation(id(5), 'RUNNING')], submitting('a', MINUTE), node('a', change));
    expect(run).toMatchObject({ podUID, sidecarContainer });
  });

  test('on a Pod whose process is not known: the entry names none, rather than the old one', () => {
    const { sidecarContainer: _container, ...bare } = node('a', { uid: 'new' });
    const run = submitting('a', MINUTE);
    const { sidecarContainer: _before, ...rest } = run;
    expect(at(bare, run)).toStrictEqual({ ...rest, podUID: 'new' });
  });

  test('never the one that this node was cleaned by before', () => {
    const run = submitting('a', MINUTE, { previous: { id: id(5), reason: 'OperationFailed' } });
    expect(found([operation(id(5), 'RUNNING')], run).run.state).toBe('Submitting');
  });

  test('of several the oldest by its time, then by its id; one without a time counts as oldest', () => {
    const made = (n: number, ms: number) => operation(id(n), 'RUNNING', { creationTime: time(-ms) });
    const { creationTime: _time, ...timeless } = operation(id(9), 'RUNNING');
    const first = (...list: Operation[]) => found(list).run.operation?.id;
    expect(first(made(1, SECOND), made(2, 2 * SECOND), made(3, 0))).toBe(id(2));
    expect(first(made(4, SECOND), made(3, SECOND), made(5, SECOND))).toBe(id(3));
    expect(first(made(1, SECOND), timeless)).toBe(id(9));
    expect(first(timeless, made(1, SECOND))).toBe(id(9));
  });

  test.each(['COMPLETED', 'FAILED', 'CANCELLED'] as const)(
    'as %s counts as running until that is read in full',
    (state) => {
      const run = adopted(submitting('a', MINUTE), operation(id(5), state));
      expect(run.operation).toEqual({ ...shown(operation(id(5), 'RUNNING')), progress: 1 });
      expect(adopted(submitting('a', MINUTE), operation(id(5), 'PENDING')).operation?.state).toBe('PENDING');
    },
  );
});
