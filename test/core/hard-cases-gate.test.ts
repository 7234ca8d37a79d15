// Hard cases 7 to 10: when the ring stands still, which Cassandra guards itself, and what makes a node busy.
import { describe, expect, test } from '@jest/globals';
import { isGuarded } from '../../src/core/gate.ts';
import type { CassandraState } from '../../src/core/model.ts';
import {
  answer,
  condition,
  entry,
  id,
  MINUTE,
  NOW,
  node,
  operation,
  planned,
  polled,
  running,
  SECOND,
  silence,
  submitted,
  view,
} from '../support/builders.ts';

const state = (value: CassandraState, ageMs = 100) => ({ cassandra: answer(value, ageMs) });
const guarded = { version: answer('4.1.10', MINUTE) };
const unguarded = { version: answer('4.1.0', MINUTE) };

describe('rule 7: answers to /status are fresh when the intent is written', () => {
  test.each([
    ['3 s old', unguarded, 3 * SECOND, ['a']],
    ['older than 3 s', unguarded, 3 * SECOND + 1, []],
    ['10 s old, where the target guards itself', guarded, 10 * SECOND, ['a']],
    ['older than 10 s, where the target guards itself', guarded, 10 * SECOND + 1, []],
  ])('an answer %s', (_age, version, ageMs, names) => {
    const plan = planned({ views: { a: view(version), b: view(state('NORMAL', ageMs)) } });
    expect(submitted(plan)).toEqual(names);
  });

  test('a stale answer is asked for again, at once, and the node keeps its slot', () => {
    const plan = planned({ views: { a: view(unguarded), b: view(state('NORMAL', 4 * SECOND)) } });
    expect(plan.needs).toEqual([{ uid: 'uid-b', what: 'cassandra', at: NOW }]);
  });

  test('with it those are asked that would be stale by the time it has come: so all are fresh at once some time', () => {
    const views = { a: view(unguarded), b: view(state('NORMAL', 4 * SECOND)), c: view(state('NORMAL', 2_995)) };
    expect(planned({ views }).needs.map(({ uid }) => uid)).toEqual(['uid-b', 'uid-c']);
  });

  test('the list of the target is fresh as well', () => {
    expect(submitted(planned({ views: { a: view({ list: answer([], 4 * SECOND) }) } }))).toEqual([]);
  });

  test.each([
    ['3.0.29', false],
    ['3.0.30', true],
    ['3.11.16', false],
    ['3.11.17', true],
    ['4.0.7', false],
    ['4.0.8', true],
    ['4.0.19', true],
    ['4.1.0', false],
    ['4.1.1', true],
    ['5.0.0', true],
    ['5.0.6', true],
    ['5.0.0-prerelease', false],
    ['4.1.10-dse', false],
    ['5.1.0', false],
    ['3.10.40', false],
    ['2.2.19', false],
    ['', false],
  ])('Cassandra %s guards itself: %s', (version, yes) => {
    expect(isGuarded(version)).toBe(yes);
  });

  test('no answer about the version counts as unguarded, and it is asked for where it would make a difference', () => {
    const plan = planned({ views: { b: view(state('NORMAL', 5 * SECOND)) } });
    expect(plan.submissions).toEqual([]);
    expect(plan.needs).toContainEqual({ uid: 'uid-a', what: 'version', at: NOW });
  });
});

describe('rule 8: the target is NORMAL by its own word, and nobody is in motion', () => {
  test('its own word is at most 3 s old, even where it guards itself: a guard knows nothing of a drain', () => {
    const old = view({ ...guarded, ...state('NORMAL', 4 * SECOND) });
    const plan = planned({ views: { a: old } });
    expect(submitted(plan)).toEqual([]);
    expect(plan.needs).toEqual([{ uid: 'uid-a', what: 'cassandra', at: NOW }]);
  });

  test.each<CassandraState>(['DRAINED', 'DRAINING', 'MOVING', 'LEAVING', 'JOINING', 'STARTING', 'UNKNOWN'])(
    'a node that is %s closes the gate for the others, guarded or not',
    (word) => {
      const plan = planned({ views: { a: view(guarded), b: view(state(word)) } });
      expect(submitted(plan)).toEqual([]);
      expect(condition(plan, 'Reconciling').message).toContain('Pod b');
    },
  );

  test('a hanging /status while lists answer is CassandraNotReady, and gives up the slot', () => {
    const plan = planned({ views: { a: view({ cassandra: silence('no answer in 10 s') }) }, nodes: [node('a')] });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason: 'CassandraNotReady' });
    expect(entry(plan, 'a').message).toContain('no answer in 10 s');
  });

  test('another node that is DECOMMISSIONED does not close the gate', () => {
    const plan = planned({ spec: { podSelector: { matchLabels: { job: 'x' } } }, nodes: decommissionedBeside() });
    expect(submitted(plan)).toEqual(['a']);
  });

  test('a selected node that is DECOMMISSIONED is skipped as NotInRing, and the run goes on', () => {
    const plan = planned({ views: { a: view(state('DECOMMISSIONED')) } });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Skipped', reason: 'NotInRing' });
    expect(submitted(plan)).toEqual(['b']);
  });

  test('an old word of DECOMMISSIONED is asked for again before it is believed', () => {
    const plan = planned({ views: { a: view(state('DECOMMISSIONED', MINUTE)) } });
    expect(entry(plan, 'a').state).toBe('Pending');
    expect(plan.needs).toContainEqual({ uid: 'uid-a', what: 'cassandra', at: NOW });
  });

  function decommissionedBeside() {
    const labels = { 'app.kubernetes.io/instance': 'prod' };
    return [node('a', { labels: { ...labels, job: 'x' } }), node('gone', { labels })];
  }
});

describe('rule 9: a change of the ring in mid-run cannot be stopped, so it is said', () => {
  const beside = (version: object, word: CassandraState) => ({
    runs: [running('a', id(1))],
    views: { a: view({ ...version, operation: polled(id(1), operation(id(1), 'RUNNING')) }), b: view(state(word)) },
  });

  test('a node that is not NORMAL is named while an unguarded Cassandra is cleaned', () => {
    expect(planned(beside(unguarded, 'LEAVING')).unsafe).toEqual([{ node: 'b', state: 'LEAVING' }]);
  });

  test('the ring is watched meanwhile, so that the change is noticed', () => {
    const { needs } = planned(beside(unguarded, 'NORMAL'));
    expect(needs.filter(({ what }) => what === 'cassandra').map(({ uid }) => uid)).toEqual(['uid-a', 'uid-b', 'uid-c']);
    expect(Math.min(...needs.filter(({ what }) => what === 'cassandra').map(({ at }) => at))).toBeGreaterThan(NOW);
  });

  test('a Cassandra that guards itself needs neither', () => {
    const plan = planned(beside(guarded, 'LEAVING'));
    expect(plan.unsafe).toEqual([]);
    expect(plan.needs.some(({ what }) => what === 'cassandra')).toBe(false);
  });

  test('its version is asked for once where it is not known yet', () => {
    const plan = planned(beside({}, 'LEAVING'));
    expect(plan.needs).toContainEqual({ uid: 'uid-a', what: 'version', at: NOW });
    expect(plan.unsafe).toEqual([]);
  });
});

describe('rule 10: what runs on a node makes it wait', () => {
  const busy = 'cleanup decommission rebuild scrub upgradesstables refresh import truncate drain stop restore';
  test.each([...busy.split(' '), 'commitlog-restore'])('an active %s does, whoever asked for it', (type) => {
    const list = answer([operation(id(7), 'RUNNING', { type, keyspace: 'other' })]);
    const plan = planned({ views: { a: view({ list }) } });
    expect(entry(plan, 'a')).toMatchObject({ state: 'Pending', reason: 'WaitingForNodeOperation' });
    expect(entry(plan, 'a').message).toContain(id(7));
    expect(submitted(plan)).toEqual(['b']);
  });

  test.each(['flush', 'backup', 'commitlog-backup'])('an active %s does not', (type) => {
    const list = answer([operation(id(7), 'RUNNING', { type })]);
    expect(submitted(planned({ views: { a: view({ list }) } }))).toEqual(['a']);
  });

  test('a finished cleanup does not', () => {
    const list = answer([operation(id(7), 'COMPLETED')]);
    expect(submitted(planned({ views: { a: view({ list }) } }))).toEqual(['a']);
  });
});
