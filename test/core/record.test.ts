// What came back from submissions, written into the entries: only where the same intent still stands.
import { describe, expect, test } from '@jest/globals';
import type { Outcome, Run } from '../../src/core/model.ts';
import { record } from '../../src/core/record.ts';
import { shown } from '../../src/core/submitting.ts';
import { id, MINUTE, NOW, operation, run, running, SECOND, submitting, time } from '../support/builders.ts';

const judgement = { now: NOW, backoffLimit: 3, rejectedAfterMs: 15 * MINUTE };
const of = (rest: object, change = {}) => ({ node: 'a', intentId: 'intent-1', ...rest, ...change }) as Outcome;
const created = of({ result: 'created', operation: operation(id(1), 'PENDING') });
const refused = (message = 'HTTP 403') => of({ result: 'rejected', permanent: false, message });
const recorded = (runs: readonly Run[], ...outcomes: Outcome[]) => record(runs, outcomes, judgement);
/** The entry of a node that asked a second ago, after this outcome. */
const answered = (outcome: Outcome, change: Partial<Run> = {}) =>
  recorded([submitting('a', SECOND, change)], outcome).runs[0];

describe('an outcome belongs to one intent of one node', () => {
  test('each node takes its own, the others stay the same objects', () => {
    const runs = [submitting('a', SECOND), submitting('b', SECOND)];
    const next = recorded(runs, of({ result: 'created', operation: operation(id(2), 'RUNNING') }, { node: 'b' }));
    expect(next.runs[0]).toBe(runs[0]);
    expect(next.runs[1]).toMatchObject({ name: 'b', state: 'Running', operation: { id: id(2) } });
    expect(next.strays).toEqual([]);
  });

  test.each<[string, Run[]]>([
    ['the node has another intent by now', [submitting('a', 0, { intent: { id: 'intent-2', time: time() } })]],
    ['the node follows another operation', [running('a', id(7))]],
    ['the node is not waiting for an answer', [submitting('a', SECOND, { state: 'Pending' })]],
    ['somebody edited the intent away', [run('a', 'Submitting', { attempts: 1 })]],
    ['only another node stands in the status', [submitting('b', SECOND)]],
    ['the status names no node', []],
  ])('what was created is a stray where %s', (_where, runs) => {
    const next = recorded(runs, created);
    expect(next.strays).toEqual([{ node: 'a', id: id(1) }]);
    expect(next.runs).toEqual(runs);
  });

  test.each<[string, Run]>([
    ['follows it', running('a', id(1))],
    ['followed it last', submitting('a', 0, { intent: { id: 'intent-2', time: time() }, previous: { id: id(1) } })],
  ])('it is none where the node %s', (_what, entry) => {
    expect(recorded([entry], created)).toEqual({ runs: [entry], strays: [] });
  });

  test('what was never created is no stray', () => {
    expect(recorded([], of({ result: 'notSent', message: 'x' })).strays).toEqual([]);
  });
});

describe('what an answer does to its entry', () => {
  test('created: the operation is followed, and the intent is closed', () => {
    expect(answered(created)).toMatchObject({ state: 'Running', operation: { id: id(1), state: 'PENDING' } });
    expect(answered(created)).not.toHaveProperty('intent');
  });

  test('unknown: the intent stays open and the entry says why, in at most 256 characters', () => {
    const open = answered(of({ result: 'unknown', message: 'x'.repeat(300) }));
    expect(open).toMatchObject({ state: 'Submitting', intent: { id: 'intent-1' } });
    expect(open?.message).toHaveLength(256);
  });

  test('not sent: the attempt is given back, never below none', () => {
    const outcome = of({ result: 'notSent', message: 'refused' });
    const waiting = answered(outcome, { attempts: 3 });
    expect(waiting).toMatchObject({ state: 'Pending', reason: 'NotDelivered', message: 'refused', attempts: 2 });
    expect(waiting).toMatchObject({ since: time(), notBefore: time(5 * SECOND) });
    expect(waiting).not.toHaveProperty('intent');
    const { attempts: _attempts, ...uncounted } = submitting('a', SECOND);
    expect(recorded([uncounted], outcome).runs[0]?.attempts).toBe(0);
    expect(answered(outcome, { attempts: 0 })?.attempts).toBe(0);
  });

  test('not sent again and again: the spell of the requests before goes on', () => {
    const waiting = answered(of({ result: 'notSent', message: 'refused' }), { since: time(-MINUTE) });
    expect(waiting).toMatchObject({ since: time(-MINUTE), notBefore: time(30 * SECOND) });
  });

  test('not sent by a process that had already missed the operation in a list: a spell of its own', () => {
    const missed = { reason: 'OutcomeUnknown', message: 'x', since: time(-MINUTE) };
    const waiting = answered(of({ result: 'notSent', message: 'refused' }), missed);
    expect(waiting).toMatchObject({ since: time(), notBefore: time(5 * SECOND) });
  });
});

describe('a Sidecar that refuses requests for now', () => {
  const since = (ms: number, change = {}) => answered(refused(), { since: time(-ms), ...change });

  test('is asked again, without a failure, until 15 minutes have passed', () => {
    const waiting = since(15 * MINUTE - 1);
    expect(waiting).toMatchObject({ state: 'Pending', reason: 'SidecarRejected', message: 'HTTP 403', attempts: 0 });
    expect(waiting?.failures).toBeUndefined();
    expect(waiting?.since).toBe(time(-15 * MINUTE + 1));
  });

  test('has then failed once, and a new spell begins', () => {
    const counted = since(15 * MINUTE);
    expect(counted).toMatchObject({ state: 'Pending', reason: 'SidecarRejected', message: 'HTTP 403', failures: 1 });
    expect(counted).not.toHaveProperty('since');
    expect(counted?.notBefore).toBe(time(5 * MINUTE));
  });

  test('fails for good once backoffLimitPerNode is used up', () => {
    expect(since(15 * MINUTE, { failures: 2 })).toMatchObject({ state: 'Pending', failures: 3 });
    const failed = since(15 * MINUTE, { failures: 3 });
    expect(failed).toMatchObject({ state: 'Failed', reason: 'SidecarRejected', message: 'HTTP 403', failures: 4 });
  });

  test('is quoted with at most 256 characters', () => {
    expect(answered(refused('x'.repeat(300)), { since: time(-15 * MINUTE) })?.message).toHaveLength(256);
  });
});

test('only what the Sidecar said is shown, and an end only with a final state', () => {
  const failureCause = { message: 'boom', source: 'host' };
  const bare = { id: id(1), type: 'cleanup', state: 'FAILED' as const };
  expect(shown(bare)).toStrictEqual({ id: id(1), state: 'FAILED' });
  const times = { creationTime: time(-3), startTime: time(-2), completionTime: time(-1) };
  const full = { ...bare, ...times, progress: 0.5, failureCause };
  expect(shown(full)).toStrictEqual({ id: id(1), state: 'FAILED', progress: 0.5, ...times, failureCause });
  for (const state of ['PENDING', 'RUNNING'] as const) {
    const { completionTime: _completionTime, ...begun } = times;
    expect(shown({ ...full, state })).toStrictEqual({ id: id(1), state, progress: 0.5, ...begun });
  }
});
