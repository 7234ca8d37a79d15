// Hard cases 16 and 17: what becomes of the answers to a POST.
import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../src/core/model.ts';
import {
  answer,
  entry,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  planned,
  run,
  SECOND,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const lone = [node('a')];

describe('rule 16: answers to the POST', () => {
  const outcome = (rest: object) => ({ node: 'a', intentId: 'intent-1', ...rest }) as Outcome;
  const told = (rest: object, change = {}) =>
    planned({
      nodes: lone,
      runs: [submitting('a', SECOND, change)],
      outcomes: [outcome(rest)],
      views: { a: view({ list: answer([], 5 * SECOND) }) },
      spec: { suspend: true },
    });

  test('created: the id is written', () => {
    const plan = told({ result: 'created', operation: operation(id(1), 'PENDING') });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Running', operation: { id: id(1), state: 'PENDING' } });
  });

  test('refused for good: the node fails at once', () => {
    const plan = told({ result: 'rejected', permanent: true, message: 'HTTP 400' });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Failed', reason: 'InvalidRequest', message: 'HTTP 400' });
  });

  test('refused for now: back off, and no attempt is counted', () => {
    const after = entry(told({ result: 'rejected', permanent: false, message: 'HTTP 429' }), 'a');
    expect(after).toMatchObject({ state: 'Pending', reason: 'SidecarRejected', attempts: 0 });
    expect(Date.parse(after.notBefore ?? '')).toBeGreaterThanOrEqual(NOW + 5 * SECOND);
  });

  test('refused again and again: the pauses grow, and 15 minutes of it count as a failure', () => {
    const rejected = { result: 'rejected', permanent: false, message: 'HTTP 403' };
    const soon = entry(told(rejected, { since: time(-4 * MINUTE) }), 'a');
    expect(Date.parse(soon.notBefore ?? '')).toBe(NOW + 2 * MINUTE);
    expect(entry(told(rejected, { since: time(-15 * MINUTE) }), 'a').failures).toBe(1);
    expect(entry(told(rejected, { since: time(-15 * MINUTE), failures: 3 }), 'a').state).toBe('Failed');
  });

  test('a new intent remembers since when requests have been refused', () => {
    const rejected = { reason: 'SidecarRejected', message: 'HTTP 403', since: time(-4 * MINUTE), notBefore: time(-1) };
    const after = entry(planned({ nodes: lone, runs: [run('a', 'Pending', rejected)] }), 'a');
    expect(after).toMatchObject({ state: 'Submitting', since: time(-4 * MINUTE) });
    expect(after.reason).toBeUndefined();
  });

  test('unknown: never sent again from here, the list decides', () => {
    const plan = told({ result: 'unknown', message: 'the connection was reset' });
    expect(plan.submissions).toEqual([]);
    expect(entry(plan, 'a')).toMatchObject({ state: 'Submitting', intent: { id: 'intent-1' } });
    expect(plan.needs).toMatchObject([{ uid: 'uid-a', what: 'list' }]);
  });
});

describe('rule 17: what is known not to be delivered is no failure', () => {
  test('the same attempt is made again after a pause that grows with the spell', () => {
    const look = (since: string | undefined) =>
      planned({
        nodes: lone,
        runs: [submitting('a', SECOND, since === undefined ? {} : { since })],
        outcomes: [{ node: 'a', intentId: 'intent-1', result: 'notSent', message: 'connection refused' }],
      });
    const after = entry(look(undefined), 'a');
    expect(after).toMatchObject({ state: 'Pending', reason: 'NotDelivered', attempts: 0, notBefore: time(5 * SECOND) });
    expect(after.failures).toBeUndefined();
    expect(entry(look(time(-8 * MINUTE)), 'a').notBefore).toBe(time(4 * MINUTE));
  });
});
