// What a live cleanup is exposed to where its Cassandra does not guard itself: whom to watch, how often, whom to name.
import { describe, expect, test } from '@jest/globals';
import { exposureOf } from '../../src/core/exposure.ts';
import type { CassandraState, Run, SidecarView } from '../../src/core/model.ts';
import {
  answer,
  MINUTE,
  NOW,
  node,
  observation,
  polled,
  run,
  running,
  SECOND,
  silence,
  submitting,
  view,
} from '../support/builders.ts';

const guarded = { version: answer('4.1.10') };
const unguarded = { version: answer('4.1.0') };
const state = (value: CassandraState, ageMs = 100) => view({ cassandra: answer(value, ageMs) });
const exposed = (runs: readonly Run[], views: Readonly<Record<string, SidecarView | null>>, names = 'a b c') =>
  exposureOf(runs, observation({ views, nodes: names.split(' ').map((name) => node(name)) }));

describe('the ring is watched while an unguarded Cassandra is cleaned', () => {
  test('each node again 15 s after its last answer, one never heard at once', () => {
    const views = { a: view(unguarded), b: state('NORMAL', 5 * SECOND), c: null };
    expect(exposed([running('a', 'op')], views).needs).toEqual([
      { uid: 'uid-a', what: 'cassandra', at: NOW - 100 + 15 * SECOND },
      { uid: 'uid-b', what: 'cassandra', at: NOW + 10 * SECOND },
      { uid: 'uid-c', what: 'cassandra', at: NOW },
    ]);
  });

  test('a node that has not been asked yet is heard before it is named', () => {
    expect(exposed([running('a', 'op')], { a: view(unguarded), b: {}, c: null }).unsafe).toEqual([]);
  });

  test('one of several that are cleaned is enough', () => {
    const runs = [running('a', 'op'), running('b', 'op')];
    expect(exposed(runs, { a: view(guarded), b: view(unguarded), c: state('MOVING') }).unsafe).toEqual([
      { node: 'c', state: 'MOVING' },
    ]);
  });

  test.each<CassandraState>(['JOINING', 'LEAVING', 'DRAINED', 'UNKNOWN'])(
    'a node that is %s makes it unsafe',
    (word) => {
      const { unsafe } = exposed([running('a', 'op')], { a: view(unguarded), b: state(word) });
      expect(unsafe).toEqual([{ node: 'b', state: word }]);
    },
  );

  test.each<CassandraState>(['NORMAL', 'DECOMMISSIONED'])('a node that is %s does not', (word) => {
    expect(exposed([running('a', 'op')], { a: view(unguarded), b: state(word) }).unsafe).toEqual([]);
  });

  test('a version that could not be learned counts as unguarded, and is asked for again after a minute', () => {
    const a = view({ version: silence(), operation: polled('op', null) });
    const { unsafe, needs } = exposed([running('a', 'op')], { a, b: state('LEAVING') });
    expect(unsafe).toEqual([{ node: 'b', state: 'LEAVING' }]);
    expect(needs[0]).toEqual({ uid: 'uid-a', what: 'version', at: NOW - 100 + MINUTE });
  });
});

describe('nothing is watched', () => {
  test.each([
    ['an open intent', submitting('a', SECOND)],
    ['a node that is done', run('a', 'Completed')],
    ['a node that waits', run('a', 'Pending')],
  ])('for %s', (_what, entry) => {
    expect(exposed([entry], { a: view(unguarded), b: state('LEAVING') })).toEqual({ unsafe: [], needs: [] });
  });

  test('for a node whose Pod is gone: nobody can say what runs there', () => {
    expect(exposed([running('gone', 'op')], { b: state('LEAVING') })).toEqual({ unsafe: [], needs: [] });
  });

  test('where each Cassandra that is cleaned guards itself', () => {
    const runs = [running('a', 'op'), running('b', 'op')];
    expect(exposed(runs, { a: view(guarded), b: view(guarded), c: state('LEAVING') })).toEqual({
      unsafe: [],
      needs: [],
    });
  });

  const asked = (a: SidecarView | null) => exposed([running('a', 'op')], { a, b: state('LEAVING') });

  test.each([
    ['15 s after the operation was first polled', SECOND, NOW + 14 * SECOND],
    ['at once where that is over', MINUTE, NOW],
  ])('before the version is known, which is asked for %s', (_what, sinceMs, at) => {
    const a = view({ operation: polled('op', null, { sinceMs }) });
    expect(asked(a)).toEqual({ unsafe: [], needs: [{ uid: 'uid-a', what: 'version', at }] });
  });

  test.each([
    ['nothing of it was heard', null],
    ['only an earlier operation was polled', view({ operation: polled('earlier', null) })],
  ])('before the operation is polled, where %s: a short one costs no call for a version', (_what, a) => {
    expect(asked(a)).toEqual({ unsafe: [], needs: [] });
  });
});
