// How urgent a write is.
import { describe, expect, test } from '@jest/globals';
import { changeOf, equal } from '../../src/core/change.ts';
import type { Run, RunStatus } from '../../src/core/model.ts';
import { id, MINUTE, node, planned, run, running, submitting, time } from '../support/builders.ts';

const base = planned({ nodes: [node('a')], runs: [run('a', 'Pending')], spec: { suspend: true } }).status;
const { startTime: _start, ...unstarted } = base;
const withRun = (one: Run, change: Partial<RunStatus> = {}): RunStatus => ({ ...base, nodes: [one], ...change });
const pending = run('a', 'Pending');
const live = running('a', id(1));
const told = (progress: number): Run => ({ ...live, operation: { id: id(1), state: 'RUNNING', progress } });

describe('what is written at once', () => {
  test.each<[string, RunStatus, RunStatus]>([
    ['the first word', { observedGeneration: -1, state: 'Pending' }, base],
    ['a generation', base, { ...base, observedGeneration: 2 }],
    ['the start', unstarted, base],
    ['an intent', withRun(pending), withRun(submitting('a', 0))],
    [
      'another intent',
      withRun(submitting('a', 0)),
      withRun(submitting('a', 0, { intent: { id: 'next', time: time() } })),
    ],
    ['an id', withRun(submitting('a', 0)), withRun(live)],
    ['the end', base, { ...base, completionTime: time(MINUTE) }],
  ])('%s', (_what, before, after) => {
    expect(changeOf(before, after)).toBe('now');
  });
});

describe('what waits for company', () => {
  test.each<[string, RunStatus, RunStatus]>([
    ['the state of a node', withRun(live), withRun({ ...live, state: 'Completed' })],
    ['a reason', withRun(pending), withRun({ ...pending, reason: 'SidecarUnreachable', since: time() })],
    ['an intent that was dropped', withRun(submitting('a', 0)), withRun(pending)],
    ['an operation that was given up', withRun(live), withRun({ ...pending, previous: { id: id(1), reason: 'x' } })],
    ['a new node', base, { ...base, nodes: [...(base.nodes ?? []), run('b', 'Pending')] }],
    ['a condition', base, { ...base, conditions: (base.conditions ?? []).slice(1) }],
    ['the state of the run', base, { ...base, state: 'Running' }],
    ['what the Sidecar calls it', withRun(live), withRun({ ...live, operation: { id: id(1), state: 'COMPLETED' } })],
  ])('%s', (_what, before, after) => {
    expect(changeOf(before, after)).toBe('state');
  });

  test('the most urgent difference counts', () => {
    const before = { ...base, nodes: [pending, run('b', 'Pending')] };
    const after = { ...base, nodes: [{ ...pending, reason: 'x' }, submitting('b', 0)] };
    expect(changeOf(before, after)).toBe('now');
  });
});

describe('what is not written', () => {
  test('an equal status, whatever the order of its keys', () => {
    expect(changeOf(withRun({ name: 'a', state: 'Pending' }), withRun({ state: 'Pending', name: 'a' }))).toBe('none');
  });

  test('progress of a node alone, until the run has moved by 5 points', () => {
    const percent = (progressPercent: number, progress: number) => withRun(told(progress), { progressPercent });
    expect(changeOf(percent(40, 0.4), percent(44, 0.44))).toBe('none');
    expect(changeOf(percent(40, 0.4), percent(45, 0.45))).toBe('progress');
  });

  test('progress of a run that had none, until it has moved by 5 points', () => {
    const { progressPercent: _none, ...before } = base;
    expect(changeOf(before, { ...base, progressPercent: 4 })).toBe('none');
    expect(changeOf(before, { ...base, progressPercent: 5 })).toBe('progress');
    expect(changeOf({ ...base, progressPercent: 5 }, before)).toBe('progress');
  });

  test('a run without nodes that is as it was', () => {
    const { nodes: _none, ...without } = base;
    expect(changeOf(without, { ...without })).toBe('none');
  });
});

test.each([
  [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [{ a: undefined }, { b: undefined }, false],
  [null, {}, false],
  [{}, null, false],
  ['1', 1, false],
  [1, 2, false],
  [1, {}, false],
  [{}, 1, false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1 }, false],
])('%j and %j are equal: %s', (a, b, yes) => {
  expect(equal(a, b)).toBe(yes);
});
