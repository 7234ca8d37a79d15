// How an attempt ends: what its entry keeps, what counts, and how long the next one waits.
import { describe, expect, test } from '@jest/globals';
import { absentOnce, afterFailure, ended, failedOnce, isLoss, lostOnce } from '../../src/core/attempt.ts';
import type { FailureClass } from '../../src/core/failure.ts';
import type { Gate } from '../../src/core/gate.ts';
import {
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
  SECOND,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const judgement = { now: NOW, backoffLimit: 3 };
const waitOf = ({ notBefore }: { notBefore?: string }) => Date.parse(notBefore ?? '') - NOW;
const gate = (verdict: Gate['verdict']): Gate => ({ verdict, reason: '', message: '', needs: [] });

describe('a node that is done', () => {
  const full = running('a', id(1), {
    ...{ reason: 'SidecarUnreachable', message: 'no route', since: time(), notBefore: time() },
    ...{ intent: { id: 'intent-1', time: time() }, failures: 1, previous: { reason: 'Interrupted' } },
  });

  test('keeps its operation, its counts and its Pod, and drops what only an attempt needs', () => {
    const { attempts, startTime, podUID, operation } = full;
    const kept = { name: 'a', attempts, startTime, podUID, operation, failures: 1, previous: full.previous };
    expect(ended(full, 'Completed')).toEqual({ ...kept, state: 'Completed' });
  });

  test('says why it failed in at most 256 characters', () => {
    const failed = ended(full, 'Failed', 'OperationFailed', 'x'.repeat(300));
    expect(failed).toMatchObject({ state: 'Failed', reason: 'OperationFailed' });
    expect(failed.message).toHaveLength(256);
  });

  test('has no message where there is nothing to say', () => {
    expect(ended(full, 'Failed', 'OperationFailed', '')).not.toHaveProperty('message');
    expect(ended(full, 'Completed')).not.toHaveProperty('reason');
  });
});

describe('a failure that counts', () => {
  test('leaves as many further attempts as backoffLimitPerNode says', () => {
    const fail = (failures: number) => failedOnce(running('a', id(1), { failures }), 'Interrupted', 'x', judgement);
    expect(fail(2)).toMatchObject({ state: 'Pending', failures: 3, previous: { id: id(1), reason: 'Interrupted' } });
    expect(fail(3)).toMatchObject({ state: 'Failed', failures: 4, reason: 'Interrupted', message: 'x' });
  });

  test('makes the pauses grow, and nodes and attempts do not pause in step', () => {
    const fail = (name: string, change: object) =>
      waitOf(failedOnce(running(name, id(1), change), 'Interrupted', 'x', judgement));
    expect(fail('a', { failures: 2 })).toBeGreaterThanOrEqual(54 * SECOND);
    const waits = [fail('a', {}), fail('b', {}), fail('a', { attempts: 2 }), fail('a', { podUID: 'another' })];
    expect(new Set(waits).size).toBe(4);
  });
});

describe('an attempt whose result is lost', () => {
  test('does not count, and keeps no intent', () => {
    const lost = lostOnce(submitting('a', MINUTE, { failures: 1 }), 'OperationLost', 'x'.repeat(300), NOW);
    expect(lost).toMatchObject({ state: 'Pending', reason: 'OperationLost', failures: 1 });
    expect(lost.message).toHaveLength(256);
    expect(lost).not.toHaveProperty('intent');
  });

  test('names its operation as the previous one, or only the reason where it had none', () => {
    expect(lostOnce(running('a', id(1)), 'OperationLost', 'x', NOW).previous).toEqual({
      id: id(1),
      reason: 'OperationLost',
    });
    const { previous } = lostOnce(submitting('a', MINUTE), 'OperationLost', 'x', NOW);
    expect(previous).toStrictEqual({ reason: 'OperationLost' });
  });

  test.each([
    ['the first attempt', {}, 1],
    ['the second attempt, after a failure', { attempts: 2, failures: 1 }, 1],
    ['the second attempt, after another loss', { attempts: 2 }, 5],
    ['an attempt that somebody removed the count of', { attempts: undefined }, 1],
  ])('%s pauses by the losses before it', (_which, change, minutes) => {
    const wait = waitOf(lostOnce(running('a', id(1), change as object), 'OperationLost', 'x', NOW));
    expect(wait).toBeGreaterThanOrEqual(minutes * MINUTE);
    expect(wait).toBeLessThanOrEqual(minutes * MINUTE * 1.1);
  });

  test('a wait that ends in another wait keeps what the attempt before it ended with', () => {
    const previous = { id: id(1), reason: 'OperationLost' };
    const waiting = run('a', 'Pending', { attempts: 1, reason: 'OperationLost', previous });
    expect(lostOnce(waiting, 'SidecarUnreachable', 'x', NOW).previous).toEqual(previous);
    expect(lostOnce(run('a', 'Pending'), 'SidecarUnreachable', 'x', NOW)).not.toHaveProperty('previous');
  });
});

test('a request that never arrived waits exactly 10 s, for the status of its Pod to show a restart', () => {
  const { intent: _intent, ...rest } = submitting('a', MINUTE);
  expect(absentOnce(submitting('a', MINUTE), NOW)).toEqual({
    ...{ ...rest, state: 'Pending', reason: 'NotDelivered', message: 'the request never reached the Sidecar' },
    ...{ notBefore: time(10 * SECOND), previous: { reason: 'NotDelivered' } },
  });
});

test.each([
  ['OperationLost', true],
  ['OutcomeUnknown', true],
  ['NotDelivered', true],
  ['JmxBroken', true],
  ['CompactionBusyAfterLoss', true],
  ['InterruptedAfterLoss', true],
  ['OperationFailed', false],
  ['Interrupted', false],
  [undefined, false],
])('after %s a cleanup may still run there: %s', (reason, yes) => {
  expect(isLoss(run('a', 'Pending', reason === undefined ? {} : { previous: { reason } }))).toBe(yes);
});

describe('what a FAILED operation leads to', () => {
  const leadTo = (of: FailureClass, verdict: Gate['verdict'] = 'open', change = {}) =>
    afterFailure(running('a', id(1), change), { class: of, reason: 'Why' }, 'text', {
      ...judgement,
      gate: gate(verdict),
    });

  test('what no attempt can mend ends the node at once', () => {
    expect(leadTo('permanent')).toMatchObject({ state: 'Failed', reason: 'Why', message: 'text' });
    expect(leadTo('permanent').failures).toBeUndefined();
  });

  test.each([
    ['refused by the node itself', 'refused', 'open'],
    ['aborted behind a gate that has closed', 'membership', 'closed'],
  ] as const)('%s: it waits as after a first failure, and does not count', (_what, of, verdict) => {
    const waited = leadTo(of, verdict);
    expect(waited).toMatchObject({ state: 'Pending', reason: 'Why', message: 'text', previous: { reason: 'Why' } });
    expect(waited.failures).toBeUndefined();
    expect(waitOf(waited)).toBeGreaterThanOrEqual(9 * SECOND);
    expect(waitOf(waited)).toBeLessThanOrEqual(11 * SECOND);
    const third = waitOf(leadTo(of, verdict, { attempts: 4, failures: 1 }));
    expect(third).toBeGreaterThanOrEqual(54 * SECOND);
    expect(third).toBeLessThanOrEqual(66 * SECOND);
  });

  test.each([
    ['aborted behind an open gate', 'membership'],
    ['anything else', 'failed'],
    ['what a forgotten operation looks like, where none was lost', 'forgotten'],
  ] as const)('%s counts', (_what, of) => {
    expect(leadTo(of)).toMatchObject({ state: 'Pending', reason: 'Why', failures: 1 });
  });

  test('a broken link to Cassandra pauses like a loss', () => {
    expect(leadTo('broken')).toMatchObject({ state: 'Pending', reason: 'Why', message: 'text' });
    expect(leadTo('broken').failures).toBeUndefined();
    expect(waitOf(leadTo('broken'))).toBeGreaterThanOrEqual(MINUTE);
  });

  test('what a forgotten operation looks like is one, where the attempt before was lost', () => {
    const lost = leadTo('forgotten', 'open', { previous: { reason: 'NotDelivered' } });
    expect(lost).toMatchObject({ state: 'Pending', reason: 'WhyAfterLoss', message: 'text' });
    expect(lost.failures).toBeUndefined();
    expect(waitOf(lost)).toBeGreaterThanOrEqual(MINUTE);
  });
});

describe('what had to be bounded of an operation is said where it fails', () => {
  test.each([
    ['FAILED', 'boom; progress was 7'],
    ['CANCELLED', 'the Sidecar says CANCELLED; progress was 7'],
  ] as const)('%s', (state, message) => {
    const value = operation(id(1), state, { failureCause: { message: 'boom' }, notes: ['progress was 7'] });
    const views = { a: view({ operation: polled(id(1), value, { earlier: value }) }) };
    expect(entry(planned({ nodes: [node('a')], runs: [running('a', id(1))], views }), 'a')).toMatchObject({ message });
  });
});
