// Hard cases 13 to 15: what an open intent allows, what its baseline holds, and what is adopted.
import { describe, expect, test } from '@jest/globals';
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
  silence,
  submitted,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const known = (ms: number) => new Map([['intent-1', ms]]);
const empty = (ageMs = 100) => view({ list: answer([], ageMs) });
const lone = [node('a')];
/** The second good list without the operation, `agoMs` after the first one. */
const missedTwice = (intentMs: number, gapMs: number, change = {}) =>
  submitting('a', intentMs, { reason: 'OutcomeUnknown', since: time(-gapMs), ...change });
/** What that leads to, when its pause is over. */
const provenAbsent = () => {
  const { intent: _intent, ...rest } = missedTwice(MINUTE, 30 * SECOND);
  const previous = { reason: 'NotDelivered' };
  return { ...rest, state: 'Pending' as const, reason: 'NotDelivered', previous, notBefore: time(-1) };
};

describe('rule 13: two good answers without the operation, whatever restarted', () => {
  test('one such list proves nothing, and the node says what it waits for', () => {
    const plan = planned({
      nodes: lone,
      runs: [submitting('a', MINUTE)],
      intentAge: known(MINUTE),
      views: { a: empty() },
    });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Submitting', reason: 'OutcomeUnknown' });
  });

  test.each([
    ['10 s after the first and 30 s after the intent', { intent: 40, first: 11, seen: 40 }, 'Pending'],
    ['less than 10 s after the first', { intent: 40, first: 9, seen: 40 }, 'Submitting'],
    ['less than 30 s after the intent', { intent: 29, first: 11, seen: 29 }, 'Submitting'],
    ['less than 30 s after this process first saw the intent', { intent: 3_600, first: 11, seen: 29 }, 'Submitting'],
    ['long after an intent whose clock goes 5 min ahead', { intent: -300, first: 11, seen: 60 }, 'Submitting'],
  ])('the second list %s', (_when, ago, state) => {
    const runs = [missedTwice(ago.intent * SECOND, ago.first * SECOND)];
    const intentAge = known(ago.seen * SECOND);
    const plan = planned({ nodes: lone, runs, intentAge, views: { a: empty() }, spec: { suspend: true } });
    expect(entry(plan, 'a').state).toBe(state);
  });

  test('what is proven absent waits 10 s, for the status of its Pod to show a restart, and is no failure', () => {
    const runs = [missedTwice(40 * SECOND, 11 * SECOND)];
    const plan = planned({ nodes: lone, runs, intentAge: known(40 * SECOND), views: { a: empty() } });
    expect(submitted(plan)).toEqual([]);
    const notBefore = time(10 * SECOND);
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason: 'NotDelivered', attempts: 1, notBefore });
    expect(entry(plan, 'a').failures).toBeUndefined();
    expect(entry(plan, 'a').intent).toBeUndefined();
  });

  test('then it is sent again behind the whole gate', () => {
    const plan = planned({ nodes: lone, runs: [provenAbsent()], views: { a: empty() } });
    expect(submitted(plan)).toEqual(['a']);
    expect(entry(plan, 'a')).toMatchObject({ state: 'Submitting', attempts: 2, intent: { id: 'reconcile-1' } });
  });

  test('unless its Pod shows by then that the list came from another process: that is a loss, waited out once', () => {
    const restarted = [node('a', { sidecarContainer: 'another' })];
    const plan = planned({ nodes: restarted, runs: [provenAbsent()], views: { a: empty() } });
    expect(submitted(plan)).toEqual([]);
    const after = entry(plan, 'a');
    expect(after).toMatchObject({ state: 'Pending', reason: 'OperationLost', sidecarContainer: 'another' });
    expect(Date.parse(after.notBefore ?? '')).toBeGreaterThanOrEqual(NOW + MINUTE);
    const rested = { ...after, notBefore: time(-1) };
    expect(submitted(planned({ nodes: restarted, runs: [rested], views: { a: empty() } }))).toEqual(['a']);
  });

  test('a new Pod under its name has nothing of the old one to wait for', () => {
    const replaced = [node('a', { uid: 'uid-of-another', sidecarContainer: 'another' })];
    const plan = planned({ nodes: replaced, runs: [provenAbsent()], views: { 'uid-of-another': empty() } });
    expect(submitted(plan)).toEqual(['a']);
  });

  test('a Sidecar that was restarted meanwhile has forgotten what it may have begun: that is a loss', () => {
    const runs = [missedTwice(40 * SECOND, 11 * SECOND)];
    const nodes = [node('a', { sidecarContainer: 'another' })];
    const plan = planned({ nodes, runs, intentAge: known(40 * SECOND), views: { a: empty() } });
    const after = entry(plan, 'a');
    expect(after).toMatchObject({ state: 'Pending', reason: 'OperationLost', previous: { reason: 'OperationLost' } });
    expect(Date.parse(after.notBefore ?? '')).toBeGreaterThanOrEqual(NOW + MINUTE);
  });

  test('the Pod is read from the API server before that is concluded', () => {
    const runs = [missedTwice(40 * SECOND, 11 * SECOND)];
    const plan = planned({
      nodes: [node('a', { live: false })],
      runs,
      intentAge: known(40 * SECOND),
      views: { a: empty() },
    });
    expect(plan.wantsLive).toEqual(['a']);
    expect(entry(plan, 'a').state).toBe('Submitting');
  });

  test('an answer that is missing or invalid in between starts the count again', () => {
    const runs = [missedTwice(40 * SECOND, 11 * SECOND)];
    const plan = planned({ nodes: lone, runs, intentAge: known(40 * SECOND), views: { a: view({ list: silence() }) } });
    expect(entry(plan, 'a').reason).toBe('SidecarUnreachable');
  });

  test('while the request is under way nothing is concluded, and nothing is asked', () => {
    const runs = [submitting('a', SECOND)];
    const plan = planned({
      nodes: lone,
      runs,
      submitting: new Set(['uid-a']),
      views: { a: view({ list: silence() }) },
    });
    expect(entry(plan, 'a')).toEqual(runs[0]);
    expect(plan.needs).toEqual([]);
    expect(plan.recheckAt).toBeGreaterThan(NOW);
  });

  test.each([
    ['of a clock that goes ahead', -5 * MINUTE],
    ['just written', 0],
  ])('a list that came just before an intent %s is not asked for again without a pause', (_what, intentMs) => {
    const plan = planned({
      nodes: lone,
      runs: [submitting('a', intentMs)],
      intentAge: known(0),
      views: { a: empty(10) },
    });
    expect(entry(plan, 'a').reason).toBeUndefined();
    expect(plan.needs).toEqual([{ uid: 'uid-a', what: 'list', at: NOW + 240 }]);
  });
});

describe('rule 14: the baseline is the listed ids that look like ours', () => {
  const intentOf = (list: Parameters<typeof answer>[0]) =>
    planned({ views: { a: view({ list: answer(list as never) }) } });

  test('keyspace, tables as a set and jobs decide; finished ones count', () => {
    const other = { keyspace: 'elsewhere' };
    const list = [operation(id(1), 'COMPLETED'), operation(id(2), 'FAILED'), operation(id(3), 'COMPLETED', other)];
    expect(entry(intentOf(list), 'a').intent?.baseline).toEqual([id(1), id(2)]);
  });

  test('64 ids are held, with more of them nothing is sent and the node says so', () => {
    const like = (n: number) => Array.from({ length: n }, (_, index) => operation(id(index), 'COMPLETED'));
    expect(entry(intentOf(like(64)), 'a').intent?.baseline).toHaveLength(64);
    const plan = intentOf(like(65));
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason: 'TooManyOperations' });
    expect(submitted(plan)).toEqual(['b']);
  });

  test('ids alone decide: one of the baseline is never adopted, whatever its times say', () => {
    const before = operation(id(1), 'RUNNING', { creationTime: time() });
    const intent = { id: 'intent-1', time: time(-MINUTE), baseline: [id(1)] };
    const runs = [submitting('a', MINUTE, { intent })];
    const plan = planned({
      nodes: lone,
      runs,
      intentAge: known(MINUTE),
      views: { a: view({ list: answer([before]) }) },
    });
    expect(entry(plan, 'a').state).toBe('Submitting');
  });
});

describe('rule 15: what is adopted', () => {
  const recovered = (list: readonly ReturnType<typeof operation>[], change = {}) =>
    planned({ nodes: lone, runs: [submitting('a', MINUTE)], views: { a: view({ list: answer(list) }) }, ...change });

  test('a matching operation that is not in the baseline is ours', () => {
    const plan = recovered([operation(id(5), 'RUNNING')]);
    expect(entry(plan, 'a')).toMatchObject({ state: 'Running', attempts: 1, operation: { id: id(5) } });
    expect(entry(plan, 'a').intent).toBeUndefined();
  });

  test('never an id that the status of another resource names', () => {
    const plan = recovered([operation(id(5), 'RUNNING')], { claimed: new Set([id(5)]) });
    expect(entry(plan, 'a').state).toBe('Submitting');
  });

  test('never one of another keyspace, other tables, other jobs or another type', () => {
    const strangers = [{ keyspace: 'x' }, { tables: ['items'] }, { jobs: 0 }, { type: 'scrub' }];
    const plan = recovered(strangers.map((change, index) => operation(id(index), 'RUNNING', change)));
    expect(entry(plan, 'a').state).toBe('Submitting');
  });

  test('of several the oldest is followed, and the node says so', () => {
    const old = operation(id(6), 'RUNNING', { creationTime: time(-50 * SECOND) });
    const plan = recovered([operation(id(5), 'RUNNING', { creationTime: time(-40 * SECOND) }), old]);
    expect(entry(plan, 'a')).toMatchObject({ reason: 'SeveralOperations', operation: { id: id(6) } });
  });

  test('and nothing else starts there until none of them is active', () => {
    const several = {
      reason: 'SeveralOperations',
      message: 'two',
      operation: { id: id(6), state: 'RUNNING' as const },
    };
    const ours = operation(id(6), 'COMPLETED');
    const told = { ...answer(ours), id: id(6), firstAskedAt: NOW - MINUTE };
    const look = (twin: ReturnType<typeof operation>) =>
      planned({
        nodes: lone,
        runs: [run('a', 'Running', { attempts: 1, podUID: 'uid-a', ...several })],
        views: { a: view({ list: answer([twin, ours]), operation: told }) },
      });
    expect(entry(look(operation(id(5), 'RUNNING')), 'a').state).toBe('Running');
    expect(entry(look(operation(id(5), 'COMPLETED')), 'a').state).toBe('Completed');
  });
});
