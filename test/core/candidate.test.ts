// One Pending node before its attempt: what stands in its way, in which words, and when it is looked at again.
import { describe, expect, test } from '@jest/globals';
import { candidate } from '../../src/core/candidate.ts';
import { gatesOf } from '../../src/core/gate.ts';
import type { Node, Run, SidecarView } from '../../src/core/model.ts';
import { cleanup } from '../../src/operations/cleanup.ts';
import {
  answer,
  id,
  MINUTE,
  NOW,
  node,
  type ObservationChange,
  observation,
  operation,
  run,
  SECOND,
  silence,
  spec,
  time,
  view,
} from '../support/builders.ts';
import { contextOf } from '../support/step-context.ts';

interface Case extends ObservationChange {
  /** What the Sidecar of node `a` said. */
  says?: SidecarView | null;
  pod?: Partial<Node>;
}

function judged(before: Run, { says = view(), pod, ...change }: Case = {}) {
  const target = node('a', pod);
  const views = { a: says, ...change.views };
  return candidate(before, target, contextOf({ nodes: [target, node('b')], ...change, views }));
}

const waits = run('a', 'Pending');
const listing = (...operations: ReturnType<typeof operation>[]) => view({ list: answer(operations) });
const asks = (what: 'list' | 'cassandra' | 'version', at = NOW) => ({ uid: 'uid-a', what, at });
const likeOurs = (count: number) => Array.from({ length: count }, (_, n) => operation(id(n), 'COMPLETED'));

describe('a node that is left alone for now is looked at again in a second', () => {
  test.each<[string, Case, string, string]>([
    [
      'while a request to it is under way',
      { submitting: new Set(['uid-a']) },
      'WaitingForNodeOperation',
      'a request to this node is under way',
    ],
    [
      'while something may run there that no list shows',
      { guarded: new Set(['a']) },
      'WaitingForOtherCleanup',
      'something may run on this node that its Sidecar does not list',
    ],
  ])('%s', (_when, change, reason, message) => {
    expect(judged(waits, change)).toEqual({
      verdict: 'waiting',
      run: run('a', 'Pending', { reason, message, since: time() }),
      needs: [],
      recheckAt: NOW + SECOND,
    });
  });
});

describe('its list', () => {
  test('is asked for at once where nobody has heard it', () => {
    expect(judged(waits, { says: null })).toEqual({ verdict: 'asking', needs: [asks('list')] });
    expect(judged(waits, { says: {} })).toEqual({ verdict: 'asking', needs: [asks('list')] });
  });

  test('counts for 3 s', () => {
    const aged = (ms: number) => judged(waits, { says: view({ list: answer([], ms) }) });
    expect(aged(3 * SECOND)).toEqual({ verdict: 'ready', baseline: [] });
    expect(aged(3 * SECOND + 1)).toEqual({ verdict: 'asking', needs: [asks('list')] });
  });

  test.each(['PENDING', 'RUNNING'] as const)(
    'with something %s makes it wait, and is read again after a second',
    (state) => {
      const busy = operation(id(7), state, { type: 'scrub' });
      const message = `operation scrub ${id(7)} is ${state} on this node`;
      expect(judged(waits, { says: listing(operation(id(1), 'COMPLETED'), busy) })).toEqual({
        verdict: 'waiting',
        run: run('a', 'Pending', { reason: 'WaitingForNodeOperation', message, since: time() }),
        needs: [asks('list', NOW - 100 + SECOND)],
      });
    },
  );

  test('of a node that has been busy for long is read less often', () => {
    const since = time(-MINUTE);
    const before = run('a', 'Pending', { reason: 'WaitingForNodeOperation', message: 'x', since });
    expect(judged(before, { says: listing(operation(id(7), 'RUNNING')) })).toMatchObject({
      run: { since },
      needs: [asks('list', NOW - 100 + 10 * SECOND)],
    });
  });

  test('may name 64 operations like ours, whose ids are the baseline, and no more', () => {
    const fits = [operation(id(99), 'COMPLETED', { keyspace: 'other' }), ...likeOurs(64)];
    expect(judged(waits, { says: listing(...fits) })).toEqual({
      verdict: 'ready',
      baseline: likeOurs(64).map((one) => one.id),
    });
    expect(judged(waits, { says: listing(...likeOurs(65)) })).toMatchObject({
      verdict: 'waiting',
      run: { reason: 'TooManyOperations', message: 'the Sidecar lists more than 64 operations like ours' },
    });
  });
});

describe('a silent Sidecar', () => {
  const quietFor = (ms: number, change: Partial<Run> = {}) =>
    run('a', 'Pending', { reason: 'SidecarUnreachable', message: 'x', since: time(-ms), ...change });
  const silent = { says: view({ list: silence('refused') }) };

  test('makes its node wait in its own words, and is asked again after a second', () => {
    expect(judged(waits, silent)).toEqual({
      verdict: 'waiting',
      run: run('a', 'Pending', { reason: 'SidecarUnreachable', message: 'refused', since: time() }),
      needs: [asks('list', NOW - 100 + SECOND)],
    });
  });

  test('is asked again at once where its silence was noticed more than 30 s ago', () => {
    const noticed = (ms: number) => judged(waits, { says: view({ list: silence('refused', ms) }) });
    expect(noticed(30 * SECOND)).toMatchObject({ verdict: 'waiting', run: { reason: 'SidecarUnreachable' } });
    expect(noticed(30 * SECOND + 1)).toEqual({ verdict: 'asking', needs: [asks('list')] });
  });

  test('counts as a failure after 15 minutes, and not a moment sooner', () => {
    expect(judged(quietFor(15 * MINUTE - 1), silent)).toMatchObject({ run: { reason: 'SidecarUnreachable' } });
    expect(judged(quietFor(15 * MINUTE - 1), silent)).not.toHaveProperty('run.failures');
    const counted = judged(quietFor(15 * MINUTE), silent);
    expect(counted).toMatchObject({ verdict: 'waiting', needs: [], recheckAt: NOW + SECOND });
    expect(counted).toMatchObject({ run: { state: 'Pending', failures: 1, message: 'refused' } });
  });

  test('with backoffLimitPerNode used up fails its node, whether it was silent or talked nonsense', () => {
    const nonsense = { says: view({ list: silence('not JSON', 100, 'invalid') }) };
    expect(judged(quietFor(15 * MINUTE, { failures: 3 }), nonsense)).toMatchObject({
      run: { state: 'Failed', reason: 'SidecarInvalidAnswer', message: 'not JSON', failures: 4 },
    });
    expect(judged(quietFor(15 * MINUTE), { ...nonsense, spec: { backoffLimitPerNode: 0 } })).toMatchObject({
      run: { state: 'Failed', failures: 1 },
    });
  });
});

describe('its own Cassandra', () => {
  const saying = (cassandra: NonNullable<SidecarView['cassandra']>) => ({ says: view({ cassandra }) });

  test.each([
    ['that hangs', silence('no answer in 10 s'), 'Cassandra does not say how it is: no answer in 10 s'],
    [
      'that its Sidecar cannot reach',
      answer('UNKNOWN' as const),
      'Cassandra does not say how it is: the Sidecar cannot reach it',
    ],
  ])('%s makes the node wait, and is asked again after 10 s', (_what, word, message) => {
    expect(judged(waits, saying(word))).toEqual({
      verdict: 'waiting',
      run: run('a', 'Pending', { reason: 'CassandraNotReady', message, since: time() }),
      needs: [asks('cassandra', NOW - 100 + 10 * SECOND)],
    });
  });

  test('that has left the ring is skipped with a reason, on a word of the last 10 s', () => {
    const left = (ms: number) => judged(waits, saying(answer('DECOMMISSIONED' as const, ms)));
    expect(left(10 * SECOND)).toEqual({
      verdict: 'waiting',
      run: run('a', 'Skipped', { reason: 'NotInRing', message: 'the node has left the ring' }),
      needs: [],
    });
    expect(left(10 * SECOND + 1)).toEqual({ verdict: 'asking', needs: [asks('cassandra')] });
  });

  test('that nobody has asked is asked with the rest of the ring', () => {
    expect(judged(waits, { says: { list: answer([]) } })).toEqual({ verdict: 'asking', needs: [asks('cassandra')] });
  });

  test('has to say NORMAL itself within 3 s, also where it guards itself', () => {
    const aged = (ms: number) =>
      judged(waits, { says: view({ version: answer('4.1.10'), cassandra: answer('NORMAL' as const, ms) }) });
    expect(aged(3 * SECOND)).toEqual({ verdict: 'ready', baseline: [] });
    expect(aged(3 * SECOND + 1)).toEqual({ verdict: 'asking', needs: [asks('cassandra')] });
  });

  test('is no candidate for a gate that was open before it said anything', () => {
    const open = gatesOf(observation(), []);
    const seen = observation({ views: { a: { list: answer([]) } } });
    const verdict = candidate(waits, node('a'), { observation: seen, kind: cleanup, gates: open });
    expect(verdict).toEqual({ verdict: 'asking', needs: [asks('cassandra')] });
  });
});

describe('the cluster', () => {
  test('blocks it with the reason of the gate', () => {
    const word = view({ cassandra: answer('LEAVING' as const) });
    expect(judged(waits, { views: { b: word } })).toEqual({
      verdict: 'blocked',
      reason: 'ClusterUnstable',
      message: 'Cassandra of Pod b is LEAVING',
      needs: [{ uid: 'uid-b', what: 'cassandra', at: NOW - 100 + 10 * SECOND }],
    });
  });

  test('is asked before the Pod is read', () => {
    const needs = [{ uid: 'uid-b', what: 'cassandra', at: NOW }];
    expect(judged(waits, { pod: { live: false }, views: { b: null } })).toEqual({ verdict: 'asking', needs });
  });
});

describe('its Pod', () => {
  test('is read once everything else is good', () => {
    const { live: _live, ...cached } = node('a');
    expect(judged(waits, { pod: { live: false } })).toEqual({ verdict: 'live' });
    expect(judged(waits, { nodes: [cached], pod: { live: false } })).toEqual({ verdict: 'live' });
  });

  test.each([
    ['was restarted since a request that never arrived: a loss', 'NotDelivered', 'another', 'OperationLost'],
    ['is the same since', 'NotDelivered', 'container-of-a', undefined],
    ['was restarted after something else, which says nothing', 'OperationFailed', 'another', undefined],
  ])('%s', (_what, reason, sidecarContainer, lost) => {
    const before = run('a', 'Pending', {
      ...{ attempts: 1, podUID: 'uid-a', sidecarContainer: 'container-of-a' },
      previous: { reason },
    });
    const verdict = judged(before, { pod: { sidecarContainer } });
    expect(verdict.verdict).toBe(lost === undefined ? 'ready' : 'waiting');
    if (lost !== undefined)
      expect(verdict).toMatchObject({ run: { reason: lost, sidecarContainer }, needs: [], recheckAt: NOW + SECOND });
  });

  test('what counts as like ours follows the spec', () => {
    const other = { keyspace: 'other', tables: ['t'], jobs: 1 };
    const says = listing(operation(id(1), 'COMPLETED', other), operation(id(2), 'COMPLETED'));
    expect(judged(waits, { says, spec: spec(other) })).toEqual({ verdict: 'ready', baseline: [id(1)] });
  });
});
