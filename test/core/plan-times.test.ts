// When a run ends and when it is looked at again: deadlines, limits, its time to live.
import { describe, expect, test } from '@jest/globals';
import type { Outcome, Run, RunStatus } from '../../src/core/model.ts';
import {
  condition,
  entry,
  HOUR,
  MINUTE,
  NOW,
  node,
  other,
  planned,
  run,
  SECOND,
  status,
  submitted,
  submitting,
  time,
} from '../support/builders.ts';

const done = (name: string) => run(name, 'Completed', { attempts: 1 });
const lone = [node('a')];

describe('limits of the whole run', () => {
  const since = (ageMs: number, nodes: readonly Run[] = []) => ({ status: status(nodes, { startTime: time(-ageMs) }) });
  const seconds = (activeDeadlineSeconds: number) => ({ spec: { activeDeadlineSeconds } });

  test('a deadline is passed at its very moment, and looked at then', () => {
    const runs = [run('a', 'Pending')];
    const before = planned({
      ...since(MINUTE - 1, runs),
      ...seconds(60),
      nodes: lone,
      others: [other('x', { active: true })],
    });
    expect(entry(before, 'a').state).toBe('Pending');
    expect(before.recheckAt).toBe(NOW + 1);
    const after = planned({ ...since(MINUTE, runs), ...seconds(60), nodes: lone });
    expect(entry(after, 'a')).toMatchObject({
      state: 'Skipped',
      reason: 'DeadlineExceeded',
      message: 'activeDeadlineSeconds has passed',
    });
    expect(after).not.toHaveProperty('recheckAt');
  });

  test('a run to which no Pod ever came fails at its deadline', () => {
    const plan = planned({ ...since(HOUR), ...seconds(60), nodes: [] });
    expect(condition(plan, 'Failed')).toMatchObject({ status: 'True', reason: 'DeadlineExceeded' });
    expect(condition(planned({ ...since(HOUR), nodes: [] }), 'Failed').status).toBe('False');
  });

  test('maxFailedNodes counts failed nodes only, and says how many it allows', () => {
    const failed = (name: string) => run(name, 'Failed', { reason: 'OperationFailed' });
    const spec = { maxFailedNodes: 1 };
    const skipped = run('b', 'Skipped', { reason: 'NotInRing' });
    expect(submitted(planned({ runs: [failed('a'), skipped, run('c', 'Pending')], spec }))).toEqual(['c']);
    const plan = planned({ runs: [failed('a'), failed('b'), run('c', 'Pending')], spec });
    expect(entry(plan, 'c')).toMatchObject({ state: 'Skipped', message: 'more than 1 nodes failed' });
  });
});

describe('a finished run', () => {
  const finished = (change: Partial<RunStatus> = {}): RunStatus => ({
    ...planned({ runs: [done('a')], nodes: lone }).status,
    ...change,
  });
  const kept = (ttlSecondsAfterFinished: number, completionTime = time(-MINUTE)) =>
    planned({ status: finished({ completionTime }), spec: { ttlSecondsAfterFinished } });

  test('takes note of a new generation everywhere, and changes nothing else (rule 31)', () => {
    const before = finished();
    const plan = planned({ status: before, metadata: { generation: 7 } });
    const conditions = (before.conditions ?? []).map((one) => ({ ...one, observedGeneration: 7 }));
    expect(conditions).toHaveLength(6);
    expect(plan.status).toEqual({ ...before, observedGeneration: 7, conditions });
    expect(plan).toMatchObject({ submissions: [], needs: [], wantsLive: [], strays: [], unsafe: [], expired: false });
  });

  test('is kept for its time to live, and looked at when that ends', () => {
    expect(kept(61)).toMatchObject({ expired: false, recheckAt: NOW + SECOND });
    expect(kept(60)).toMatchObject({ expired: true, recheckAt: NOW });
    expect(kept(0).expired).toBe(true);
  });

  test('is kept for good where nothing limits it, or nobody knows when it ended', () => {
    const plan = planned({ status: finished({ completionTime: time(-HOUR) }) });
    expect(plan.expired).toBe(false);
    expect(plan).not.toHaveProperty('recheckAt');
    expect(kept(1, 'someday').expired).toBe(false);
    expect(kept(1, 'someday')).not.toHaveProperty('recheckAt');
  });

  test('a run that goes on has no such end to look at', () => {
    const plan = planned({ runs: [run('a', 'Pending')], nodes: lone, spec: { ttlSecondsAfterFinished: 60 } });
    expect(plan).not.toHaveProperty('recheckAt');
  });

  test('the generation that a run has seen is written while it goes on as well', () => {
    const { status: seen } = planned({ nodes: lone, metadata: { generation: 7 } });
    expect(seen.observedGeneration).toBe(7);
    expect(new Set(seen.conditions?.map((one) => one.observedGeneration))).toEqual(new Set([7]));
  });

  test('a run that ends in this very plan begins its time to live', () => {
    const plan = planned({ runs: [done('a')], nodes: lone, spec: { ttlSecondsAfterFinished: 60 } });
    expect(plan).toMatchObject({ expired: false, recheckAt: NOW + MINUTE });
  });

  test('forgets outcomes that came too late: they are recorded, and nothing follows', () => {
    const late: Outcome = { node: 'a', intentId: 'x', result: 'unknown', message: 'reset' };
    expect(planned({ status: finished(), outcomes: [late] }).recorded).toEqual([late]);
  });
});

describe('when a plan looks again', () => {
  test('at the first of all times that matter', () => {
    const pause = (name: string, ms: number) =>
      run(name, 'Pending', { notBefore: time(ms), reason: 'OperationFailed' });
    const runs = [pause('a', 3 * MINUTE), pause('b', 2 * MINUTE), pause('c', 4 * MINUTE)];
    expect(planned({ runs }).recheckAt).toBe(NOW + 2 * MINUTE);
    expect(planned({ runs, spec: { activeDeadlineSeconds: 65 } }).recheckAt).toBe(NOW + MINUTE);
  });

  test('at the deadline of a node', () => {
    const begun = run('a', 'Pending', { attempts: 1, startTime: time(-MINUTE), reason: 'OperationFailed' });
    const plan = planned({ runs: [begun], nodes: lone, spec: { nodeDeadlineSeconds: 90 }, views: { a: null } });
    expect(plan.recheckAt).toBe(NOW + 30 * SECOND);
  });

  test('at no time where only a Sidecar can say something new', () => {
    expect(planned({ views: { a: null } })).not.toHaveProperty('recheckAt');
  });

  test('a Pod is read for a node whose outcome hangs on it, beside those that start', () => {
    const absent = submitting('a', MINUTE, { reason: 'OutcomeUnknown', since: time(-30 * SECOND) });
    const nodes = ['a', 'b'].map((name) => node(name, { live: false }));
    const plan = planned({
      ...{ runs: [absent, run('b', 'Pending')], nodes, spec: { parallelism: 2 } },
      intentAge: new Map([['intent-1', MINUTE]]),
    });
    expect(plan.wantsLive).toEqual(['a', 'b']);
  });
});
