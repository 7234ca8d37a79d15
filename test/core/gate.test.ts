// The gate in detail: whom it names, whom it asks and when, and when a version makes a difference.
import { describe, expect, test } from '@jest/globals';
import { gateFor, gatesOf, isGuarded, versionNeed } from '../../src/core/gate.ts';
import type { CassandraState, SidecarView } from '../../src/core/model.ts';
import { answer, MINUTE, NOW, node, observation, run, SECOND, silence, view } from '../support/builders.ts';

const state = (value: CassandraState, ageMs = 100) => view({ cassandra: answer(value, ageMs) });
const deaf = (ageMs = 100) => view({ cassandra: silence('no answer in 10 s', ageMs) });
const gates = (views: Readonly<Record<string, SidecarView | null>>) => gatesOf(observation({ views }), []);

describe('a closed gate', () => {
  test('names a Pod that is gone before anything else', () => {
    const seen = observation({ nodes: [node('b', { ready: false })] });
    const closed = { verdict: 'closed', reason: 'ClusterUnstable', message: 'Pod a is gone', needs: [] };
    expect(gatesOf(seen, [run('a', 'Pending'), run('z', 'Pending')])).toEqual({ guarded: closed, unguarded: closed });
  });

  test('names the first node that is not NORMAL, and looks at each of them again 10 s after its word', () => {
    const { guarded, unguarded } = gates({ b: state('JOINING', SECOND), c: state('DRAINED', 2 * SECOND) });
    expect(unguarded).toEqual({
      verdict: 'closed',
      reason: 'ClusterUnstable',
      message: 'Cassandra of Pod b is JOINING',
      needs: [
        { uid: 'uid-b', what: 'cassandra', at: NOW + 9 * SECOND },
        { uid: 'uid-c', what: 'cassandra', at: NOW + 8 * SECOND },
      ],
    });
    expect(guarded).toEqual(unguarded);
  });

  test('says of a Cassandra that its Sidecar cannot reach just that', () => {
    expect(gates({ b: state('UNKNOWN') }).guarded.message).toBe('Cassandra of Pod b does not answer its Sidecar');
  });

  test('quotes why a Sidecar did not answer, for targets that do not guard themselves', () => {
    const { unguarded } = gates({ b: deaf() });
    expect(unguarded.message).toBe('the Sidecar of Pod b does not answer: no answer in 10 s');
    expect(unguarded.needs).toEqual([{ uid: 'uid-b', what: 'cassandra', at: NOW - 100 + 10 * SECOND }]);
  });

  test('a node that was never heard objects to nothing', () => {
    expect(gates({ b: state('MOVING'), c: null }).unguarded.needs.map(({ uid }) => uid)).toEqual(['uid-b']);
  });
});

describe('an open gate', () => {
  test('asks nobody where all have just said NORMAL', () => {
    const open = { verdict: 'open', reason: '', message: '', needs: [] };
    expect(gates({})).toEqual({ guarded: open, unguarded: open });
  });

  test('for targets that guard themselves asks a silent Sidecar now and then', () => {
    const { guarded } = gates({ b: deaf(4 * SECOND) });
    expect(guarded.verdict).toBe('open');
    expect(guarded.needs).toEqual([{ uid: 'uid-b', what: 'cassandra', at: NOW + 6 * SECOND }]);
  });
});

describe('a gate that is asking', () => {
  test('asks who was never heard, at once, and says so', () => {
    expect(gates({ b: null, c: {} }).unguarded).toEqual({
      verdict: 'asking',
      reason: 'NodesRemaining',
      message: 'asking every node of the cluster for its state',
      needs: [
        { uid: 'uid-b', what: 'cassandra', at: NOW },
        { uid: 'uid-c', what: 'cassandra', at: NOW },
      ],
    });
  });

  test('asks beside a node that is too old those whose answers would be by then, counted from when they were asked', () => {
    const asked = (ms: number): SidecarView => ({ cassandra: { askedAt: NOW - ms, answeredAt: NOW, value: 'NORMAL' } });
    const uids = (ms: number) => gates({ a: null, b: asked(ms) }).unguarded.needs.map(({ uid }) => uid);
    expect(uids(3 * SECOND - 1)).toEqual(['uid-a']);
    expect(uids(3 * SECOND)).toEqual(['uid-a', 'uid-b']);
    const guarded = (ms: number) => gates({ a: null, b: asked(ms) }).guarded.needs.map(({ uid }) => uid);
    expect(guarded(10 * SECOND - 1)).toEqual(['uid-a']);
    expect(guarded(10 * SECOND)).toEqual(['uid-a', 'uid-b']);
  });

  test('asks a silent Sidecar no sooner than a closed gate would', () => {
    const { guarded } = gates({ a: null, b: deaf(SECOND) });
    expect(guarded.verdict).toBe('asking');
    expect(guarded.needs).toContainEqual({ uid: 'uid-b', what: 'cassandra', at: NOW + 9 * SECOND });
  });
});

describe('the gate for one target', () => {
  const version = (value: string) => view({ version: answer(value) });
  const seen = (target: SidecarView, beside: SidecarView) => observation({ views: { a: target, b: beside } });
  const gateOf = (subject: ReturnType<typeof observation>) => gateFor(node('a'), gatesOf(subject, []), subject);

  test('a silent Sidecar elsewhere stops a target that does not guard itself, and no other', () => {
    expect(gateOf(seen(version('4.1.10'), deaf())).verdict).toBe('open');
    expect(gateOf(seen(version('4.1.0'), deaf())).verdict).toBe('closed');
  });

  test.each([
    ['that nobody has asked is awaited before a silence closes the gate', view(), 'asking'],
    ['that is not told counts as unguarded', view({ version: silence() }), 'closed'],
  ])('a version %s; it is asked for beside what is asked anyway', (_what, target, verdict) => {
    const gate = gateOf(seen(target, deaf()));
    expect(gate.verdict).toBe(verdict);
    expect(gate.needs.map(({ uid, what }) => `${uid} ${what}`)).toEqual(['uid-b cassandra', 'uid-a version']);
  });

  test.each([
    ['is asked for its version', view(), ['uid-a version']],
    ['of unknown version needs new ones', view({ version: silence() }), ['uid-b cassandra', 'uid-a version']],
    ['that does not guard itself needs new ones', version('4.1.0'), ['uid-b cassandra']],
    ['that guards itself needs nothing', version('4.1.10'), []],
  ])('beside answers that are 5 s old a target %s', (_what, target, asked) => {
    const { needs } = gateOf(seen(target, state('NORMAL', 5 * SECOND)));
    expect(needs.map(({ uid, what }) => `${uid} ${what}`)).toEqual(asked);
  });

  test.each([
    ['all are NORMAL', state('NORMAL')],
    ['one is not NORMAL', state('LEAVING')],
    ['one has not been heard yet', {}],
  ])('the version makes no difference, and is not asked for, where %s', (_what, beside) => {
    expect(gateOf(seen(view(), beside)).needs.filter(({ what }) => what === 'version')).toEqual([]);
  });
});

describe('the version of a node', () => {
  const needs = (one: SidecarView | null) => versionNeed(node('a'), observation({ views: { a: one } }));

  test('is asked for at once, again a minute after a failure, and never once it is known', () => {
    expect(needs(null)).toEqual([{ uid: 'uid-a', what: 'version', at: NOW }]);
    expect(needs(view({ version: silence() }))).toEqual([{ uid: 'uid-a', what: 'version', at: NOW - 100 + MINUTE }]);
    expect(needs(view({ version: answer('4.1.0') }))).toEqual([]);
  });

  test.each([
    ['14.1.10', false],
    ['4.1.10.1', false],
    ['4.1.12345', false],
    ['4.1.', false],
    ['v4.1.10', false],
    ['4.1.1000', true],
    ['4-1.10', false],
    ['4x1x10', false],
  ])('%s guards itself: %s', (text, yes) => {
    expect(isGuarded(text)).toBe(yes);
  });
});
