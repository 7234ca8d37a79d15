// Hard cases 21 to 24: an operation with an id, until what became of it is certain.
import { describe, expect, test } from '@jest/globals';
import type { Operation } from '../../src/core/model.ts';
import {
  answer,
  entry,
  failedWith,
  HOUR,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  planned,
  polled,
  racked,
  run,
  running,
  SECOND,
  silence,
  submitted,
  submitting,
  time,
  view,
} from '../support/builders.ts';

const lone = [node('a')];
const BUSY = 'Failed marking some sstables compacting in keyspace shop, check server logs for more information';
const INTERRUPTED =
  'org.apache.cassandra.db.compaction.CompactionInterruptedException (no security manager: RMI class loader disabled)';
const EOF = 'Error unmarshaling return header; nested exception is: \n\tjava.io.EOFException';
const ABORTED = 'Aborted cleaning up at least one table in keyspace shop, check server logs for more information.';

/** A look at a node whose operation the Sidecar tells like this. */
function told(value: Operation | null, change: Parameters<typeof running>[2] = {}, more: object = {}) {
  const views = { a: view({ operation: polled(id(1), value) }) };
  return planned({ nodes: lone, runs: [running('a', id(1), change)], views, ...more });
}
const pauseOf = (after: { notBefore?: string | undefined }) => Date.parse(after.notBefore ?? '') - NOW;

describe('rule 21: an id that is not listed is lost', () => {
  test('the list is asked before anything is concluded', () => {
    const views = { a: view({ operation: polled(id(1), null), list: answer([], MINUTE) }) };
    const plan = told(null, {}, { views });
    expect(entry(plan, 'a').state).toBe('Running');
    expect(plan.needs).toContainEqual({ uid: 'uid-a', what: 'list', at: NOW });
  });

  test('then the Pod is read from the API server', () => {
    const plan = told(null, {}, { nodes: [node('a', { live: false })], views: lost() });
    expect(plan.wantsLive).toEqual(['a']);
    expect(entry(plan, 'a').state).toBe('Running');
  });

  test.each([
    ['in the same container it has ended and expired', {}, 'OutcomeUnknown'],
    ['in another container its memory is lost', { sidecarContainer: 'another' }, 'OperationLost'],
  ])('%s: at least a minute, then the gate, then again', (_what, change, reason) => {
    const plan = told(null, {}, { nodes: [node('a', change)], views: lost() });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason, previous: { id: id(1), reason } });
    expect(entry(plan, 'a').failures).toBeUndefined();
    expect(pauseOf(entry(plan, 'a'))).toBeGreaterThanOrEqual(MINUTE);
    expect(plan.submissions).toEqual([]);
  });

  test('another Pod of that name has forgotten it too', () => {
    const plan = told(null, {}, { nodes: [node('a', { uid: 'new' })], views: { a: view() } });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason: 'OperationLost' });
  });

  test('an id that the list has after all is a contradiction: no answer, asked again with a pause, given up after an hour', () => {
    const views = { a: view({ operation: polled(id(1), null), list: answer([operation(id(1), 'RUNNING')], 50) }) };
    const odd = { reason: 'SidecarInvalidAnswer', message: expect.stringMatching('does not know its id') };
    const need = (at: number) => ({ uid: 'uid-a', what: 'operation', id: id(1), at });
    expect(entry(told(null, {}, { views }), 'a')).toMatchObject(odd);
    expect(told(null, {}, { views }).needs).toContainEqual(need(NOW + 895));
    const heldFor = (ms: number) => told(null, { ...odd, message: 'x', since: time(-ms) }, { views });
    expect(heldFor(MINUTE).needs).toContainEqual(need(NOW - 105 + 10 * SECOND));
    expect(entry(heldFor(HOUR), 'a').reason).toBe('OutcomeUnknown');
  });

  test.each([
    ['code 2', BUSY, 'CompactionBusyAfterLoss'],
    ['interruption', INTERRUPTED, 'InterruptedAfterLoss'],
  ])('after a loss %s does not count', (_what, text, reason) => {
    const after = entry(told(failedWith(id(1), text), { attempts: 2, previous: { reason: 'OperationLost' } }), 'a');
    expect(after).toMatchObject({ state: 'Pending', reason });
    expect(after.failures).toBeUndefined();
    expect(pauseOf(after)).toBeGreaterThanOrEqual(5 * MINUTE);
  });

  test('nor does a break of JMX, ever', () => {
    const after = entry(told(failedWith(id(1), EOF)), 'a');
    expect(after).toMatchObject({ state: 'Pending', reason: 'JmxBroken' });
    expect(after.failures).toBeUndefined();
  });

  test.each([1, 5, 15, 30, 30, 30].map((minutes, index) => [index + 1, minutes]))(
    'after %i attempts without a result the pause is %i minutes',
    (attempts, minutes) => {
      const after = entry(told(null, { attempts }, { views: lost() }), 'a');
      expect(pauseOf(after)).toBeGreaterThanOrEqual(minutes * MINUTE);
      expect(pauseOf(after)).toBeLessThanOrEqual(minutes * MINUTE * 1.1);
    },
  );

  test('nodeDeadlineSeconds bounds it', () => {
    const waiting = run('a', 'Pending', {
      attempts: 3,
      startTime: time(-2 * HOUR),
      reason: 'OperationLost',
      message: 'x',
    });
    const plan = planned({ nodes: lone, runs: [waiting], spec: { nodeDeadlineSeconds: 7_200 } });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Failed', reason: 'DeadlineExceeded' });
  });

  function lost() {
    return { a: view({ operation: polled(id(1), null), list: answer([], 50) }) };
  }
});

describe('rule 22: what counts to backoffLimitPerNode', () => {
  test.each([
    ['code 1 with the gate open', failedWith(id(1), ABORTED), 'ClusterUnstable'],
    ['code 2 without a loss', failedWith(id(1), BUSY), 'CompactionBusy'],
    ['interruption without a loss', failedWith(id(1), INTERRUPTED), 'Interrupted'],
    ['any other FAILED', failedWith(id(1), 'boom'), 'OperationFailed'],
  ])('%s does', (_what, value, reason) => {
    const after = entry(told(value), 'a');
    expect(after).toMatchObject({ state: 'Pending', failures: 1, reason, previous: { id: id(1), reason } });
    expect(pauseOf(after)).toBeGreaterThanOrEqual(9 * SECOND);
    expect(pauseOf(after)).toBeLessThanOrEqual(11 * SECOND);
  });

  test('a CANCELLED that two reads agree on does', () => {
    const cancelled = operation(id(1), 'CANCELLED');
    const views = { a: view({ operation: polled(id(1), cancelled, { earlier: cancelled }) }) };
    const plan = planned({ nodes: lone, runs: [running('a', id(1))], views });
    expect(entry(plan, 'a')).toMatchObject({ failures: 1, reason: 'OperationCancelled' });
    expect(entry(told(cancelled), 'a').state).toBe('Running');
  });

  test('code 1 with the gate closed does not', () => {
    const views = {
      a: view({ operation: polled(id(1), failedWith(id(1), ABORTED)) }),
      b: view({ cassandra: answer('LEAVING' as const) }),
    };
    const after = entry(planned({ nodes: [node('a'), node('b')], runs: [running('a', id(1))], views }), 'a');
    expect(after).toMatchObject({ state: 'Pending', reason: 'ClusterUnstable' });
    expect(after.failures).toBeUndefined();
  });

  test('with the limit used up the node is Failed', () => {
    const after = entry(told(failedWith(id(1), 'boom'), { failures: 3 }), 'a');
    expect(after).toMatchObject({ state: 'Failed', failures: 4, reason: 'OperationFailed', message: 'boom' });
  });

  test.each([
    ['14 minutes', 14 * MINUTE, undefined],
    ['15 minutes', 15 * MINUTE, 1],
  ])('%s unreachable while Pending', (_for, ms, failures) => {
    const runs = [run('a', 'Pending', { reason: 'SidecarUnreachable', since: time(-ms) })];
    const plan = planned({ nodes: lone, runs, views: { a: view({ list: silence() }) } });
    expect(entry(plan, 'a').failures).toBe(failures);
    expect(plan.recheckAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(NOW);
  });

  test('a Sidecar that has answered meanwhile begins a new spell', () => {
    const runs = [run('a', 'Pending', { reason: 'SidecarUnreachable', message: 'x', since: time(-14 * MINUTE) })];
    const nodes = [node('a'), node('b', { ready: false })];
    const after = entry(planned({ nodes, runs }), 'a');
    expect(after).toEqual({ name: 'a', state: 'Pending' });
  });

  test('an old silence is asked about again before it counts', () => {
    const runs = [run('a', 'Pending', { reason: 'SidecarUnreachable', since: time(-HOUR) })];
    const plan = planned({ nodes: lone, runs, views: { a: view({ list: silence('x', 10 * MINUTE) }) } });
    expect(entry(plan, 'a').failures).toBeUndefined();
    expect(plan.needs).toContainEqual({ uid: 'uid-a', what: 'list', at: NOW });
  });

  test.each([running('a', id(1)), submitting('a', 2 * HOUR)])(
    'in mid-operation silence never leads to a POST: after 60 min the outcome is unknown',
    (active) => {
      const quiet = { ...active, reason: 'SidecarUnreachable', message: 'no route' };
      const views = { a: view({ list: silence(), operation: { ...polled(id(1), null), ...silence() } }) };
      const look = (ms: number) => planned({ nodes: lone, runs: [{ ...quiet, since: time(-ms) }], views });
      expect(entry(look(59 * MINUTE), 'a').state).toBe(active.state);
      expect(entry(look(60 * MINUTE), 'a')).toMatchObject({ state: 'Failed', reason: 'OutcomeUnknown' });
      expect(look(60 * MINUTE).submissions).toEqual([]);
    },
  );
});

describe('rule 23: only a Pending node gives up its slot', () => {
  test('a Sidecar that is silent in mid-operation keeps slot and rack', () => {
    const views = { a: view({ operation: { ...polled(id(1), null), ...silence() } }) };
    expect(planned({ runs: [running('a', id(1))], views }).submissions).toEqual([]);
  });

  test('an unreachable Pending node lets the next of its rack start, and is asked on meanwhile', () => {
    const views = { a: view({ list: silence() }) };
    const first = planned({ views });
    expect(submitted(first)).toEqual(['b']);
    const runs = first.status.nodes ?? [];
    const later = planned({ runs, views, submitting: new Set(['uid-b']) });
    expect(later.needs.filter(({ what }) => what === 'list').map(({ uid }) => uid)).toEqual(['uid-a']);
  });

  test('also where a node of another rack runs', () => {
    const nodes = [racked('a', 'r1'), racked('b', 'r2')];
    const silent = run('a', 'Pending', { rack: 'r1', reason: 'SidecarUnreachable', since: time(-15 * MINUTE) });
    const views = { a: view({ list: silence() }), b: view({ operation: polled(id(2), operation(id(2), 'RUNNING')) }) };
    const plan = planned({ nodes, runs: [silent, running('b', id(2), { rack: 'r2' })], views });
    expect(entry(plan, 'a').failures).toBe(1);
  });
});

describe('rule 24: a final state that is not whole', () => {
  const torn = (state: Operation['state']) => {
    const { completionTime: _c, ...rest } = operation(id(1), state);
    return rest;
  };

  test('COMPLETED without a completionTime is read again, and says so', () => {
    const plan = told(torn('COMPLETED'));
    expect(entry(plan, 'a')).toMatchObject({ state: 'Running', reason: 'CompletionTimeMissing' });
    expect(plan.needs).toContainEqual({ uid: 'uid-a', what: 'operation', id: id(1), at: NOW + 150 });
  });

  test('after 5 minutes it is accepted', () => {
    const since = { reason: 'CompletionTimeMissing', since: time(-5 * MINUTE) };
    expect(entry(told(torn('COMPLETED'), since), 'a').state).toBe('Completed');
  });

  test('FAILED and CANCELLED that stay so are accepted after 5 minutes too, and not asked 4 times a second meanwhile', () => {
    const since = (ms: number) => ({ reason: 'CompletionTimeMissing', since: time(-ms) });
    for (const state of ['FAILED', 'CANCELLED'] as const)
      expect(entry(told(torn(state), since(5 * MINUTE)), 'a')).toMatchObject({ state: 'Pending', failures: 1 });
    expect(told(torn('FAILED'), since(MINUTE)).needs[0]?.at).toBeGreaterThan(NOW + SECOND);
  });

  test('FAILED without errors is believed when one more read agrees', () => {
    const failed = operation(id(1), 'FAILED');
    expect(entry(told(failed), 'a').state).toBe('Running');
    const views = { a: view({ operation: polled(id(1), failed, { earlier: failed }) }) };
    expect(entry(planned({ nodes: lone, runs: [running('a', id(1))], views }), 'a').failures).toBe(1);
  });
});
